import { createHash } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { mixedRun, run } from '../example-run.ts'
import { toRecord } from '../record.ts'
import { type RunRecord, runRecord } from '../record-schema.ts'
import { fullSet, HOSTILE, hostileRecord, richRecord } from './example-record.ts'
import { renderHtml } from './render-html.ts'

/** As it comes from a file: plain JSON that the schema has checked. */
function fromFile(record: RunRecord): RunRecord {
  return runRecord.parse(JSON.parse(JSON.stringify(record)))
}

/** The page without sheets, programs and packed evidence. */
function markupOf(page: string): string {
  return page.replace(/<(script|style)[^>]*>.*?<\/\1>/gs, '').replace(/<svg.*?<\/svg>/gs, '')
}

/** What a reader reads, a line for each block. */
function wordsOf(page: string): string[] {
  const text = markupOf(page).replace(
    /<(?:\/?(?:p|div|h\d|li|dt|tr|td|th|details|summary|caption|section|button|pre|option)\b)[^>]*>/g,
    '\n',
  )
  return text
    .replace(/<[^>]+>/g, '')
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter(Boolean)
}

test('an image that goes by the name of a public one says what it really is', () => {
  const record = toRecord(mixedRun())
  const images = [{ reference: 'docker.io/nicolaka/netshoot:v0.14', id: 'sha256:0123', standIn: "Debian's tcpdump" }]
  const page = renderHtml(fromFile({ ...record, ...(record.mesh && { mesh: { ...record.mesh, images } }) }))
  expect(markupOf(page)).toContain('netshoot:v0.14</code><br>is Debian&#39;s tcpdump</th>')
})

describe('the page of a mixed run', () => {
  const page = renderHtml(fromFile(toRecord(mixedRun())))
  const words = wordsOf(page)

  test('begins with the verdict, the counts and what ran', () => {
    const head = words.slice(words.indexOf('Not conformant'), words.indexOf('All 6'))
    expect(head).toMatchInlineSnapshot(`
      [
        "Not conformant",
        "4 of 6 cells as declared",
        "1 failed",
        "1 inconclusive",
        "4 passed",
        "Istio",
        "1.31.1",
        "Proxy",
        "upstream Envoy 1.39.3 with pilot-agent 1.31",
        "Kubernetes",
        "v1.34.4",
        "Images",
        "build: built from source; not comparable with registry",
        "Took",
        "1 min 05 s",
        "Began",
        "2026-11-24 09:30:00 UTC",
        "1 image and the harness",
        "meshproof 0.1.0 on Node v20.20.0, at most 120 MB of memory; context kind-meshproof, cluster meshproof.",
        "Image",
        "Identity",
        "docker.io/istio/proxyv2:1.31.1",
        "sha256:0123",
        "Search cells",
      ]
    `)
  })

  test('then tells what is not as declared, what failed first', () => {
    const attention = words.slice(words.indexOf('Needs attention'), words.indexOf('Time to enforce'))
    expect(attention).toMatchInlineSnapshot(`
      [
        "Needs attention",
        "sleep.legacy → httpbin.foo:8000 GET /ip",
        "declared reset plain by strict seen 200 plain",
        "plain text was served. wrong-outcome Mutual TLS, one namespace at a time, step 2: foo accepts mutual TLS only · scenarios/mtls.yaml:43:27",
        "Mutual TLS, one namespace at a time",
        "ConfigMap/left.foo was left behind leaked",
        "sleep.legacy → httpbin.bar:8000 GET /ip",
        "declared 200 plain seen nothing established",
        "the counted answers contradict each other flapping Mutual TLS, one namespace at a time, step 2: foo accepts mutual TLS only · scenarios/mtls.yaml:44:27",
      ]
    `)
  })

  test('then has each step with its change and its truth table', () => {
    const from = words.lastIndexOf('2 foo accepts mutual TLS only 15.0 s')
    expect(words.slice(from, words.indexOf('sleep.legacy → httpbin.foo:8000 GET /ip', from))).toMatchInlineSnapshot(`
      [
        "2 foo accepts mutual TLS only 15.0 s",
        "applied PeerAuthentication/default.foo",
        "kind: PeerAuthentication",
        "The API server warned: mind the gap",
        "Every proxy ran it after 340 ms; one proxy was altered",
        "httpbin-7d9f.foo",
        "GET /ip",
        "from",
        "httpbin.foo:8000",
        "httpbin.bar:8000",
        "sleep.foo",
        "200 mtls enforced in 900 ms",
        "200 mtls",
        "sleep.legacy",
        "seen 200 plain declared reset plain by strict wrong-outcome 1 stale answer",
        "declared 200 plain flapping",
        "served, mutual TLS",
        "served, plain text",
        "not established",
      ]
    `)
  })

  test('names the verdict in its title', () => {
    expect(/<title>(.*)<\/title>/.exec(page)?.[1]).toMatchInlineSnapshot(`"✗ 1 failed, 1 inconclusive · Istio 1.31.1 · meshproof"`)
  })
})

test('all evidence comes back as it was recorded', () => {
  const record = fromFile(richRecord())
  const packed = [...renderHtml(record).matchAll(/data-evidence="[^"]+">([^<]*)</g)].map(([, text = '']) => text)
  expect(packed.map((text) => JSON.parse(inflateRawSync(Buffer.from(text, 'base64')).toString()))).toEqual(record.scenarios)
})

test('every cell and step has an address of its own, and every link leads to one', () => {
  const markup = markupOf(renderHtml(fullSet()))
  const ids = [...markup.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
  expect(ids.length).toBe(new Set(ids).size)
  expect(ids.filter((id) => /^scenario-\d+\/s\d\.c\d$/.test(id ?? '')).length).toBe(400)
  const links = [...markup.matchAll(/href="#([^"]*)"/g)].map(([, place]) => place)
  expect(links.filter((place) => !ids.includes(place))).toEqual([])
})

test('nothing is asked of anybody: the policy allows what stands in the file, by its hash, and nothing else', () => {
  const page = renderHtml(richRecord())
  const hash = (element: string) =>
    createHash('sha256')
      .update(new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(page)?.[1] ?? '')
      .digest('base64')
  expect(/Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1]?.replaceAll('&#39;', "'")).toBe(
    `default-src 'none'; script-src 'sha256-${hash('script')}'; style-src 'sha256-${hash('style')}'; img-src data:; base-uri 'none'; form-action 'none'`,
  )
  expect(page.match(/\s(src|srcset|action|style|on\w+)=/g)).toBeNull()
  expect([...page.matchAll(/<link[^>]+href="([^"]{5})/g)].map(([, address]) => address)).toEqual(['data:'])
})

test('no text of a record becomes markup, wherever it stands', () => {
  const record = fromFile(hostileRecord())
  const page = renderHtml(record)
  const names = (text: string) => [...new Set([...text.matchAll(/<([a-z!-]+)/g)].map(([, name]) => name))].sort()
  expect(names(markupOf(page))).toEqual(names(markupOf(renderHtml(richRecord()))))
  expect(page.split(HOSTILE).length).toBeGreaterThan(400)
  expect(page).not.toMatch(/<img|<!--|href="javascript/)
  expect(page.match(/<script/g)?.length).toBe(2)
})

test('a reference becomes a link only where a browser opens it as a page', () => {
  const record = richRecord()
  const linkOf = (reference: string) =>
    renderHtml({ ...record, scenarios: record.scenarios.map((one) => ({ ...one, reference })) }).includes('What it comes from')
  expect(['https://istio.io/x', 'http://istio.io', 'javascript:alert(1)', 'data:text/html,x', 'docs/x.md'].map(linkOf)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
})

test('cells that established nothing for one reason are one thing to look at', () => {
  const record = fullSet()
  const cause = { code: 'not-asked', message: 'no container engine [engine-missing]' }
  const blank = record.scenarios.map((scenario) => ({
    ...scenario,
    steps: scenario.steps.map((step) => ({
      ...step,
      cells: step.cells.map((cell) => ({ ...cell, verdict: 'inconclusive' as const, observed: undefined, attempts: [], cause })),
    })),
  }))
  const page = renderHtml({ ...record, mesh: undefined, verdict: 'inconclusive', scenarios: blank })
  expect(page.match(/<li class="item/g)?.length).toBe(1)
  expect(wordsOf(page)).toContain('400 cells for one reason')
  expect(wordsOf(page)).toContain('none came up')
})

test('an interrupted run says so, and logs are told with what was declared of them', () => {
  const words = wordsOf(renderHtml(richRecord()))
  expect(words).toContain('3 of 7 cells as declared; the run was interrupted')
  expect(words).toContain('ext-authz.foo wrote 1 line with decision and denied; 2 declared')
})

test('a run without scenarios has a page too', () => {
  const words = wordsOf(renderHtml(toRecord(run([], { verdict: 'inconclusive', mesh: undefined }))))
  expect(words).toContain('Inconclusive')
  expect(words).toContain('Nothing was asked.')
})

test('the full set of 400 cells stays under 3 MB, all red or not', () => {
  const record = fullSet()
  expect(JSON.stringify(record).length).toBeGreaterThan(3_500_000)
  expect(Buffer.byteLength(renderHtml(record))).toBeLessThan(3_000_000)
  const red = record.scenarios.map((scenario) => ({
    ...scenario,
    steps: scenario.steps.map((step) => ({ ...step, cells: step.cells.map((cell) => ({ ...cell, verdict: 'fail' as const })) })),
  }))
  const page = renderHtml({ ...record, scenarios: red })
  expect([page.match(/<li class="item fail/g)?.length, page.match(/class="on-paper"/g)?.length]).toEqual([400, 60])
  expect(Buffer.byteLength(page)).toBeLessThan(3_000_000)
})
