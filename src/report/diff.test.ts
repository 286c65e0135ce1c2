import { describe, expect, test } from 'vitest'
import { EXIT } from '../error.ts'
import type { CellResult, RunResult } from '../run/result.ts'
import { type Comparison, compareRecords, comparisonExit } from './diff.ts'
import { diffMarkdown } from './diff-markdown.ts'
import { diffLines } from './diff-text.ts'
import { cell, mixedRun, passed, run, scenario, step } from './example-run.ts'
import { createLook } from './look.ts'
import { toRecord } from './record.ts'

type Options = Parameters<typeof compareRecords>[2]

const denied = cell('s1.c1', 'sleep.foo', 'httpbin.foo:8000', {
  outcome: '403',
  wire: 'mtls',
  by: { kind: 'policy', name: 'deny', namespace: 'foo' },
})
const served = cell('s1.c2', 'sleep.foo', 'httpbin.bar:8000', { outcome: '200', wire: 'mtls' })
const WRONG = { code: 'wrong-outcome', message: 'it was served' }

function oneStep(...cells: CellResult[]): RunResult {
  return run([scenario('mtls', [step(0, 'foo denies', cells)])])
}

function failed(one: CellResult): CellResult {
  return { ...one, verdict: 'fail', observed: { outcome: '200', wire: 'mtls' }, cause: WRONG }
}

function compare(before: RunResult, after: RunResult, options?: Options): Comparison {
  return compareRecords(toRecord(before), toRecord(after), options)
}

/** `regressed sleep.foo → …`, of every change. */
function told(comparison: Comparison): string[] {
  if (comparison.kind === 'not-comparable') return [comparison.reason]
  return comparison.changes.map(({ kind, name }) => `${kind} ${name}`)
}

const DENIED = 'sleep.foo → httpbin.foo:8000 GET /ip'
const SERVED = 'sleep.foo → httpbin.bar:8000 GET /ip'

describe('the comparison of two records', () => {
  test('of one run with itself finds nothing, whatever was red', () => {
    const comparison = compare(mixedRun(), mixedRun())
    expect(comparison).toMatchObject({ kind: 'compared', changes: [], same: 6 })
    expect(comparisonExit(comparison)).toBe(EXIT.conformant)
  })

  test('finds a regression, and the other way round that it is fixed', () => {
    const [good, bad] = [oneStep(passed(denied), passed(served)), oneStep(failed(passed(denied)), passed(served))]
    const worse = compare(good, bad)
    expect([told(worse), comparisonExit(worse)]).toEqual([[`regressed ${DENIED}`], EXIT.notConformant])
    const better = compare(bad, good)
    expect([told(better), comparisonExit(better)]).toEqual([[`fixed ${DENIED}`], EXIT.conformant])
  })

  test('calls what became inconclusive no longer proven, and ends with 3', () => {
    const unsure: CellResult = { ...passed(denied), verdict: 'inconclusive', cause: { code: 'flapping', message: 'answers differ' } }
    const comparison = compare(oneStep(passed(denied)), oneStep(unsure))
    expect([told(comparison), comparisonExit(comparison)]).toEqual([[`unproven ${DENIED}`], EXIT.inconclusive])
  })

  test.each<[number, number, Options, boolean]>([
    [400, 900, {}, true],
    [400, 899, {}, false],
    [600, 1199, {}, false],
    [600, 1200, {}, true],
    [100, 300, {}, false],
    [1000, 1600, { slowerRatio: 1.5 }, true],
    [100, 300, { slowerMs: 200 }, true],
  ])('enforced after %d ms and then %d ms with %j is slower: %s', (was, is, options, slower) => {
    const at = (timeToEnforceMs: number) => oneStep(passed(denied, { timeToEnforceMs }))
    expect(told(compare(at(was), at(is), options))).toEqual(slower ? [`slower ${DENIED}`] : [])
  })

  test('finds that another policy decided, and that an answer changed where nothing was declared of it', () => {
    const other = passed(denied, { observed: { outcome: '403', wire: 'mtls', by: { kind: 'no-allow' } } })
    const plain = passed(served, { observed: { outcome: '200', wire: 'plain' } })
    const comparison = compare(oneStep(passed(denied), passed(served)), oneStep(other, plain))
    expect([told(comparison), comparisonExit(comparison)]).toEqual([[`decider ${DENIED}`, `answer ${SERVED}`], EXIT.conformant])
  })

  test('explains another answer by another declaration', () => {
    const now = { ...denied, declared: served.declared }
    expect(told(compare(oneStep(passed(denied)), oneStep(passed(now))))).toEqual([`declaration ${DENIED}`])
  })

  test('finds cells that are new and gone, and is not misled by cells that moved', () => {
    const moved = { ...served, id: 's1.c1', where: { ...served.where, line: 7 } }
    const extra = { ...denied, id: 's1.c3', from: { ...denied.from, text: 'sleep.bar' } }
    const comparison = compare(oneStep(passed(denied), passed(served)), oneStep(passed(moved), passed(extra)))
    expect(told(comparison)).toEqual(['new sleep.bar → httpbin.foo:8000 GET /ip', `gone ${DENIED}`])
    expect(told(compare(oneStep(passed(denied)), oneStep(passed(denied), failed(passed(served)))))).toEqual([`new-red ${SERVED}`])
  })

  test('tells cells apart that ask the same twice', () => {
    const again = { ...denied, id: 's1.c3' }
    const comparison = compare(oneStep(passed(denied), failed(passed(again))), oneStep(failed(passed(denied)), failed(passed(again))))
    expect(comparison).toMatchObject({ changes: [{ kind: 'regressed' }], same: 1 })
  })

  test('finds what went wrong outside the cells', () => {
    const leaky = run([scenario('mtls', [step(0, 'foo denies', [passed(denied)])], { causes: [{ code: 'leaked', message: 'left' }] })])
    expect(told(compare(oneStep(passed(denied)), leaky))).toEqual(['unproven the scenario as a whole'])
    const unwarned = run([
      scenario('mtls', [step(0, 'foo denies', [passed(denied)], { verdict: 'fail', causes: [{ code: 'no-warning', message: 'none' }] })]),
    ])
    expect(told(compare(oneStep(passed(denied)), unwarned))).toEqual(['regressed the step as a whole'])
  })

  test('is refused where the images come from different sources or no mesh came up', () => {
    const one = oneStep(passed(denied))
    const registry = { ...one, mesh: one.mesh && { ...one.mesh, source: 'registry' as const } }
    for (const [before, after, reason] of [
      [one, registry, 'their images come from different sources, build and registry, so their proxies are different builds'],
      [one, { ...one, mesh: undefined }, 'the later run had no mesh'],
      [{ ...one, mesh: undefined }, one, 'the earlier run had no mesh'],
    ] as const) {
      const comparison = compare(before, after)
      expect([told(comparison), comparisonExit(comparison)]).toEqual([[reason], EXIT.inconclusive])
    }
  })
})

describe('a comparison in words', () => {
  const slow = { ...served, id: 's1.c4', from: { ...served.from, text: 'sleep.bar' } }
  const gone = { ...served, id: 's1.c5', from: { ...served.from, text: 'sleep.legacy' } }
  const before = oneStep(passed(denied), passed(served), passed(slow, { timeToEnforceMs: 400 }), passed(gone))
  const other = passed(served, { observed: { outcome: '200', wire: 'plain' } })
  const after = oneStep(failed(passed(denied)), other, passed(slow, { timeToEnforceMs: 2100 }))
  const look = createLook({ colour: false, unicode: true })

  test('shows the two runs, the worst first, and counts', () => {
    expect(`\n${diffLines(compare(before, after), look).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      before 20261124-093000-k3v9 Istio 1.31.1, image source build, proxy upstream Envoy 1.39.3 with pilot-agent 1.31; 4 passed, 0 failed, 0 inconclusive
      after  20261124-093000-k3v9 Istio 1.31.1, image source build, proxy upstream Envoy 1.39.3 with pilot-agent 1.31; 2 passed, 1 failed, 0 inconclusive

      ✗ 1 regressed
          scenarios/mtls.yaml:31 · 1. foo denies · sleep.foo → httpbin.foo:8000 GET /ip
            was 403 mtls by deny.foo, is 200 mtls where 403 mtls by deny.foo was declared: it was served [wrong-outcome]

      ? 1 slower to enforce
          scenarios/mtls.yaml:32 · 1. foo denies · sleep.bar → httpbin.bar:8000 GET /ip
            was enforced after 400 ms, is after 2.1 s, 5.3 times as long

      ? 1 answered otherwise
          scenarios/mtls.yaml:32 · 1. foo denies · sleep.foo → httpbin.bar:8000 GET /ip
            was 200 mtls, is 200 plain

      ? 1 gone
          scenarios/mtls.yaml:32 · 1. foo denies · sleep.legacy → httpbin.bar:8000 GET /ip
            was 200 mtls

      1 regressed, 1 slower to enforce, 1 answered otherwise, 1 gone, 0 cells unchanged
      "
    `)
  })

  test('is the same in Markdown', () => {
    expect(`\n${diffMarkdown(compare(before, after))}`).toMatchInlineSnapshot(`
      "
      ## ❌ 1 regressed, 1 slower to enforce, 1 answered otherwise, 1 gone, 0 cells unchanged

      |  | run | Istio | image source | proxy | passed | failed | inconclusive |
      | --- | --- | --- | --- | --- | --- | --- | --- |
      | before | \`20261124-093000-k3v9\` | 1.31.1 | build | upstream Envoy 1.39.3 with pilot-agent 1.31 | 4 | 0 | 0 |
      | after | \`20261124-093000-k3v9\` | 1.31.1 | build | upstream Envoy 1.39.3 with pilot-agent 1.31 | 2 | 1 | 0 |

      ### ❌ 1 regressed

      - \`scenarios/mtls.yaml:31\` · 1. foo denies · sleep.foo → httpbin.foo:8000 GET /ip: was 403 mtls by deny.foo, is 200 mtls where 403 mtls by deny.foo was declared: it was served \\[wrong-outcome\\]

      ### ❔ 1 slower to enforce

      - \`scenarios/mtls.yaml:32\` · 1. foo denies · sleep.bar → httpbin.bar:8000 GET /ip: was enforced after 400 ms, is after 2.1 s, 5.3 times as long

      ### ❔ 1 answered otherwise

      - \`scenarios/mtls.yaml:32\` · 1. foo denies · sleep.foo → httpbin.bar:8000 GET /ip: was 200 mtls, is 200 plain

      ### ❔ 1 gone

      - \`scenarios/mtls.yaml:32\` · 1. foo denies · sleep.legacy → httpbin.bar:8000 GET /ip: was 200 mtls
      "
    `)
  })

  test('says why two records are not comparable', () => {
    const foreign = { ...before, mesh: before.mesh && { ...before.mesh, source: 'foreign' as const } }
    expect(`\n${diffLines(compare(before, foreign), look).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      before 20261124-093000-k3v9 Istio 1.31.1, image source build, proxy upstream Envoy 1.39.3 with pilot-agent 1.31; 4 passed, 0 failed, 0 inconclusive
      after  20261124-093000-k3v9 Istio 1.31.1, image source foreign, proxy upstream Envoy 1.39.3 with pilot-agent 1.31; 4 passed, 0 failed, 0 inconclusive

      ? not comparable: their images come from different sources, build and foreign, so their proxies are different builds
      "
    `)
    expect(diffMarkdown(compare(before, foreign)).split('\n').slice(0, 3)).toEqual([
      '## ❔ not comparable',
      '',
      'their images come from different sources, build and foreign, so their proxies are different builds',
    ])
  })

  test('keeps to its size in Markdown', () => {
    const many = Array.from({ length: 100 }, (_, index) => ({
      ...denied,
      id: `s1.c${index}`,
      from: { ...denied.from, text: `a${index}.foo` },
    }))
    const comparison = compare(oneStep(...many.map((one) => passed(one))), oneStep(...many.map((one) => failed(passed(one)))))
    const text = diffMarkdown(comparison, { limit: 5000 })
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(5000)
    expect(text.slice(-60)).toMatch(/_\d+ parts of this comparison left out for its size\._\n$/)
  })
})
