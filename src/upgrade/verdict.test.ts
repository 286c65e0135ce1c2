import { describe, expect, it } from 'vitest'
import type { Continuous, Deviation, LaneResult } from './continuous-types.ts'
import type { UpgradeResult } from './types.ts'
import { findingsOf, upgradeVerdict } from './verdict.ts'

const NOTHING: LaneResult = {
  asked: 100,
  held: 100,
  wordless: 0,
  spans: [[0, 20_000]],
  counts: {},
  windows: {},
  deviations: [],
  longestGapMs: 0,
}

function laneWith(kind: Deviation['kind'], count = 1, reason = 'server 200 via_upstream'): LaneResult {
  const deviations = Array.from({ length: count }, (_, n) => ({ kind, at: 5_000 + n * 200, seen: '200', reason, token: `mp-p-${n}` }))
  const windows = { [kind]: [5_000, 5_000 + (count - 1) * 200] }
  return { ...NOTHING, held: 100 - count, counts: { [kind]: count }, windows, deviations, longestGapMs: kind === 'lost' ? 800 : 0 }
}

function continuous(fresh: LaneResult, blind: Continuous['blind'] = []): Continuous {
  const pair = { id: 's1.c1', from: 'prober.b', to: 'echo.a:8080', asks: 'GET /open', declared: '403 mtls by no-allow', allowed: false }
  return { from: 0, to: 20_000, everyMs: 200, probers: ['prober-1.b'], pairs: [{ ...pair, fresh, pooled: NOTHING }], blind }
}

function verdictOf(part: Continuous | undefined, others: Partial<UpgradeResult> = {}): string {
  const line = { line: '1.30', istioVersion: '1.30.5', proxyBuild: 'istio/proxyv2 1.30.5' }
  return upgradeVerdict({
    ...{ id: 'x', startedAt: '', ms: 1, strategy: 'in-place', from: line, to: line, imageSource: 'registry' },
    ...{ runs: [], events: [], allowLoss: 0, causes: [], interrupted: false, continuous: part },
    ...others,
  } as UpgradeResult)
}

describe('the worst finding', () => {
  it('is a denied pair that was ever served, once is enough, and no budget pays for it', () => {
    const part = continuous(laneWith('opened'))
    expect(findingsOf(part, 1_000)).toMatchInlineSnapshot(`
      [
        {
          "at": 5000,
          "code": "opened",
          "end": 5000,
          "message": "declared 403 mtls by no-allow, and it was served: 1 question: 200: server 200 via_upstream",
          "pair": "prober.b → echo.a:8080 GET /open, fresh",
          "verdict": "fail",
        },
      ]
    `)
    expect(verdictOf(part, { allowLoss: 1_000 })).toBe('fail')
  })

  it('comes before all others', () => {
    const part = continuous(laneWith('opened'), [{ kind: 'unseen', at: 0, end: 1, text: 'dropped' }])
    const pooled = { ...laneWith('lost', 2), counts: { lost: 2, plain: 1 } }
    const pairs = part.pairs.map((pair) => ({
      ...pair,
      pooled: { ...pooled, deviations: [...pooled.deviations, ...laneWith('plain').deviations] },
    }))
    expect(findingsOf({ ...part, pairs }, 0).map(({ code }) => code)).toEqual(['opened', 'plain', 'lost', 'unseen'])
  })
})

describe('an allowed pair that was refused', () => {
  it('counts against the budget of the whole upgrade', () => {
    expect(verdictOf(continuous(laneWith('lost', 3)), { allowLoss: 2 })).toBe('fail')
    expect(verdictOf(continuous(laneWith('lost', 3)), { allowLoss: 3 })).toBe('pass')
  })

  it('is told with its longest gap and its reasons', () => {
    expect(findingsOf(continuous(laneWith('lost', 3, 'client 503 UF')), 0)[0]?.message).toMatchInlineSnapshot(
      `"3 questions: 200: client 503 UF; longest gap 800 ms"`,
    )
  })
})

it.each([
  ['plain text where mutual TLS stands', continuous(laneWith('plain')), 'fail'],
  ['a refusal by another policy', continuous(laneWith('decider')), 'fail'],
  ['a refusal that nobody explains', continuous(laneWith('unexplained')), 'inconclusive'],
  ['no answer from a denied pair', continuous(laneWith('down', 50)), 'pass'],
  ['a pair that was never asked', continuous({ ...NOTHING, asked: 0, held: 0 }), 'inconclusive'],
  ['samples that were never told', continuous(NOTHING, [{ kind: 'unheard', at: 0, end: 1, text: '3 samples' }]), 'inconclusive'],
  ['a capture that lost packets', continuous(NOTHING, [{ kind: 'unseen', at: 0, end: 1, text: '3 packets' }]), 'inconclusive'],
  ['everything as declared', continuous(NOTHING), 'pass'],
] as const)('%s', (_, part, verdict) => {
  expect(verdictOf(part)).toBe(verdict)
})

it('an upgrade that did not come to its end is not proven, and one that was red before is as red as that', () => {
  expect(verdictOf(undefined, { causes: [{ code: 'istio-not-ready', message: 'x' }] })).toBe('inconclusive')
  expect(verdictOf(undefined, { causes: [{ code: 'before-not-green', message: 'x' }] })).toBe('pass')
})
