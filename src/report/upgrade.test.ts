import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { validateXML } from 'xmllint-wasm'
import type { Continuous, Deviation, LaneResult } from '../upgrade/continuous-types.ts'
import type { UpgradeResult } from '../upgrade/types.ts'
import { cell, passed, run, scenario, step } from './example-run.ts'
import { createLook } from './look.ts'
import { toUpgradeJunit } from './upgrade-junit.ts'
import { renderUpgradePage } from './upgrade-page.ts'
import { toUpgradeRecord } from './upgrade-record.ts'
import { upgradeLines } from './upgrade-text.ts'
import { renderTimeline } from './upgrade-timeline.ts'

const GREEN = run([
  scenario('mtls', [step(0, 'everyone is served', [passed(cell('s1.c1', 'sleep.foo', 'httpbin.foo:8000', { outcome: '200' }))])]),
])
const BEGAN = Date.parse('2026-11-24T09:30:00.000Z')
const at = (seconds: number) => BEGAN + seconds * 1_000

function lane(deviations: readonly Deviation[] = [], longestGapMs = 0): LaneResult {
  const counts: Partial<Record<Deviation['kind'], number>> = {}
  const windows: Partial<Record<Deviation['kind'], readonly [number, number]>> = {}
  for (const { kind, at: time } of deviations) {
    counts[kind] = (counts[kind] ?? 0) + 1
    windows[kind] = [windows[kind]?.[0] ?? time, time]
  }
  const spans = [
    [at(0), at(20)],
    [at(30), at(60)],
  ] as const
  return { asked: 250, held: 250 - deviations.length, wordless: 0, spans, counts, windows, deviations, longestGapMs }
}

function deviation(kind: Deviation['kind'], seconds: number, seen: string, reason: string): Deviation {
  return { kind, at: at(seconds), seen, reason, token: `mp-prober-1-${seconds}` }
}

function upgradeResult(denied: LaneResult, allowed: LaneResult): UpgradeResult {
  const pair = { from: 'prober.mp-upgrade-b', to: 'echo.mp-upgrade-a:8080' }
  const continuous: Continuous = {
    ...{ from: at(0), to: at(60), everyMs: 200, probers: ['prober-1.mp-upgrade-b'], blind: [] },
    pairs: [
      { ...pair, id: 's1.c1', asks: 'GET /open', declared: '200 mtls', allowed: true, fresh: allowed, pooled: lane() },
      {
        ...pair,
        id: 's1.c2',
        asks: 'GET /root',
        declared: '403 mtls by closed.istio-system',
        allowed: false,
        fresh: lane(),
        pooled: denied,
      },
    ],
    cost: { seconds: 60, probers: 0.05, proberSidecars: 0.06, servers: 0.01, serverSidecars: 0.08, harness: 0.04 },
  }
  const line = (name: string) => ({ line: name, istioVersion: `${name}.1`, proxyBuild: `istio/proxyv2 ${name}.1` })
  return {
    ...{ id: '20261124-093000-aaaa', startedAt: '2026-11-24T09:29:00.000Z', ms: 400_000, strategy: 'in-place', imageSource: 'registry' },
    ...{ from: line('1.30'), to: line('1.31'), allowLoss: 0, causes: [], interrupted: false, continuous },
    runs: [{ state: 'before', result: GREEN }],
    events: [
      { kind: 'note', title: 'nothing happens', at: at(0), end: at(5) },
      { kind: 'change', title: 'istiod 1.31', at: at(5), end: at(15) },
      { kind: 'run', title: 'control-plane', at: at(20), end: at(30) },
      { kind: 'rollout', title: 'proxies 1.31 in mp-upgrade-a', at: at(31), end: at(50) },
    ],
  }
}

const SOUND = upgradeResult(lane(), lane())
const OPENED = upgradeResult(
  lane([deviation('opened', 10, '200', 'server 200 via_upstream'), deviation('opened', 12, '200', 'server 200 via_upstream')]),
  lane([deviation('lost', 40, '503', 'client 503 no_healthy_upstream UH')], 200),
)
const look = createLook({ colour: false, unicode: true })

describe('an upgrade in which nothing happened to any pair', () => {
  it('says so on the console', () => {
    expect(`\n${upgradeLines(toUpgradeRecord(SOUND), look).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      Upgrade of Istio 1.30.1 to 1.31.1, in-place
        ✓ before  1 passed, 0 failed, 0 inconclusive · 1 min 05 s

      all the while 2 pairs over fresh and pooled connections, each every 200 ms: 1000 questions, 1000 as declared, 0 lost
        cost 0.20 cores over 1 min 00 s: probers 0.05, their proxies 0.06, servers 0.01, their proxies 0.08; and 0.04 here

      ✓ every guarantee held before, during and after the upgrade · 6 min 40 s
      "
    `)
  })

  it('is green in JUnit, with a case for each lane', () => {
    const xml = toUpgradeJunit(toUpgradeRecord(SOUND))
    expect(xml.match(/<testcase /g)).toHaveLength(5)
    expect(xml).not.toMatch(/<failure|<error/)
  })

  it('says on its page that nothing needs attention', () => {
    expect(renderUpgradePage(toUpgradeRecord(SOUND))).toContain('Nothing needs attention')
  })
})

describe('an upgrade in which a denied pair was served', () => {
  const record = toUpgradeRecord(OPENED)

  it('is not conformant, and names pair, window and reason on the console', () => {
    expect(record.verdict).toBe('fail')
    expect(`\n${upgradeLines(record, look).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      Upgrade of Istio 1.30.1 to 1.31.1, in-place
        ✓ before  1 passed, 0 failed, 0 inconclusive · 1 min 05 s

      all the while 2 pairs over fresh and pooled connections, each every 200 ms: 1000 questions, 997 as declared, 1 lost
        cost 0.20 cores over 1 min 00 s: probers 0.05, their proxies 0.06, servers 0.01, their proxies 0.08; and 0.04 here
        ✗ opened prober.mp-upgrade-b → echo.mp-upgrade-a:8080 GET /root, pooled: declared 403 mtls by closed.istio-system, and it was served: 2 questions: 200: server 200 via_upstream 09:30:10.0 to 09:30:12.0, during istiod 1.31
        ✗ lost prober.mp-upgrade-b → echo.mp-upgrade-a:8080 GET /open, fresh: 1 question: 503: client 503 no_healthy_upstream UH; longest gap 200 ms 09:30:40.0, during proxies 1.31 in mp-upgrade-a

      ✗ the upgrade is not conformant · 6 min 40 s
      "
    `)
  })

  it('fails in JUnit at the pair and lane that it happened to, with the moment', () => {
    const cases = toUpgradeJunit(record).split('<testcase ')
    const red = cases.filter((text) => text.includes('<failure'))
    expect(red.map((text) => text.slice(0, text.indexOf('classname')).trim())).toMatchInlineSnapshot(`
      [
        "name="prober.mp-upgrade-b → echo.mp-upgrade-a:8080 GET /open, fresh: 200 mtls"",
        "name="prober.mp-upgrade-b → echo.mp-upgrade-a:8080 GET /root, pooled: 403 mtls by closed.istio-system"",
      ]
    `)
    expect(red.join('\n')).toContain('during istiod 1.31')
  })

  it('shows it first on its page, and every text of a cluster as text', () => {
    const hostile = deviation('opened', 10, '<img src=x onerror=alert(1)>', '</svg><script>alert(1)</script>')
    const page = renderUpgradePage(toUpgradeRecord(upgradeResult(lane([hostile]), lane())))
    expect(page).toContain('Needs attention')
    expect(page).not.toMatch(/<img|<script/)
  })
})

it.each([
  ['sound', SOUND],
  ['not conformant', OPENED],
  ['broken off', { ...SOUND, continuous: undefined, causes: [{ code: 'istio-not-ready', message: 'istiod: <not> ready & "never"' }] }],
])('the JUnit file of a %s upgrade is one that the Jenkins schema takes', async (_, result) => {
  const schema = await readFile(new URL('fixtures/jenkins-junit.xsd', import.meta.url), 'utf8')
  const contents = toUpgradeJunit(toUpgradeRecord(result))
  const { errors } = await validateXML({ xml: [{ fileName: 'junit.xml', contents }], schema: [schema] })
  expect(errors.map(({ message }) => message)).toEqual([])
})

describe('the picture of an upgrade', () => {
  const svg = renderTimeline(toUpgradeRecord(OPENED))

  it('has a line for every event and for both lanes of every pair', () => {
    for (const text of ['nothing happens', 'istiod 1.31', 'the scenarios (new control plane, old proxies)', 'proxies 1.31 in mp-upgrade-a'])
      expect(svg).toContain(`>${text}</text>`)
    expect(svg.match(/fresh connections: 2\d\d of 250 as declared/g)).toHaveLength(2)
    expect(svg.match(/pooled connections: 2\d\d of 250 as declared/g)).toHaveLength(2)
  })

  it('marks a served denial and a lost question with shapes of their own, where they happened', () => {
    const marks = [...svg.matchAll(/transform="translate\(([\d.]+) [\d.]+\)" d="([^"]+)"[^>]*><title>(\w+) at ([\d:.]+)/g)]
    expect(marks.map(([, x, shape, kind, time]) => [kind, time, Number(x), shape])).toMatchInlineSnapshot(`
      [
        [
          "lost",
          "09:30:40.0:",
          967.3,
          "m-4-4 8 8m0-8-8 8",
        ],
        [
          "opened",
          "09:30:10.0:",
          594.3,
          "M0-7 7 0 0 7-7 0z",
        ],
        [
          "opened",
          "09:30:12.0:",
          619.2,
          "M0-7 7 0 0 7-7 0z",
        ],
      ]
    `)
  })

  it('puts the worse mark on top where two come together', () => {
    const both = lane([deviation('opened', 10, '200', ''), deviation('down', 10, 'timeout', '')])
    const kinds = [...renderTimeline(toUpgradeRecord(upgradeResult(both, lane()))).matchAll(/<title>(opened|down) at/g)].map(
      ([, kind]) => kind,
    )
    expect(kinds).toEqual(['down', 'opened'])
  })

  it('shows an event that was never finished until the end', () => {
    const broken = { ...OPENED, events: [{ kind: 'change' as const, title: 'istiod 1.31', at: at(5) }] }
    expect(renderTimeline(toUpgradeRecord(broken))).toContain('istiod 1.31: 09:30:05.0, never finished')
  })

  it('is nothing where nothing was asked', () => {
    expect(renderTimeline(toUpgradeRecord({ ...SOUND, continuous: undefined }))).toBe('')
  })
})
