import { describe, expect, it } from 'vitest'
import { type Cell, DEFAULT_BOUNDS, type Watch } from '../scenario/model.ts'
import { judgeWatch } from './judge-watch.ts'
import type { Attempt, AttemptFate, Seen } from './result.ts'

const cell: Cell = {
  id: 's1.c1',
  step: 0,
  from: { app: 'sleep', namespace: 'slow', text: 'sleep.slow' },
  to: { kind: 'service', app: 'httpbin', namespace: 'slow', port: 8000, text: 'httpbin.slow:8000' },
  question: { kind: 'http', method: 'GET', path: '/ip', headers: {} },
  declared: { outcome: '200', wire: 'mtls', sees: ['origin'] },
  bounds: DEFAULT_BOUNDS,
  where: { file: 'x.yaml', line: 1, column: 1 },
}
const watch: Watch = {
  overMs: 20_000,
  everyMs: 1_000,
  turn: { to: { outcome: '401', wire: 'mtls', by: { kind: 'jwt', fault: 'expired' }, sees: [] }, earliestMs: 10_000, latestMs: 14_000 },
}
const served: Seen = { outcome: '200', wire: 'mtls' }
// The texts that the cell's own answer must contain are missing in the other.
const expired: Seen = { outcome: '401', wire: 'mtls', by: { kind: 'jwt', fault: 'expired' }, missing: ['origin'] }
const lost: AttemptFate = { kind: 'void', cause: { code: 'exec-link-lost', message: 'lost' } }

/** One answer a second, each within 100 ms: what was seen in the second that the function gets. */
function answers(of: (second: number) => Seen | AttemptFate): Attempt[] {
  return Array.from({ length: 21 }, (_, second) => {
    const one = of(second)
    const at = new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString()
    const common = { n: second + 1, token: `mp-${second}`, at, ms: 100, command: '', sinceChangeMs: 0 }
    return 'kind' in one ? { ...common, fate: one } : { ...common, fate: { kind: 'counted' }, seen: one }
  })
}
const verdict = (of: (second: number) => Seen | AttemptFate, how: Watch = watch) => {
  const { verdict, cause, turnedAfterMs } = judgeWatch(cell, how, answers(of))
  return { verdict, ...(cause ? { cause: `${cause.code}: ${cause.message}` } : {}), turnedAfterMs }
}

describe('a cell that is watched', () => {
  it('passes when it turns once, between the two moments', () => {
    expect(verdict((second) => (second < 12 ? served : expired))).toEqual({ verdict: 'pass', turnedAfterMs: 12_100 })
  })

  it('fails when it turns too early, too late, back again, or never', () => {
    expect(verdict((second) => (second < 9 ? served : expired))).toMatchInlineSnapshot(`
      {
        "cause": "turned-early: turned after 9.1 s, declared not before 10.0 s",
        "turnedAfterMs": 9100,
        "verdict": "fail",
      }
    `)
    expect(verdict((second) => (second < 16 ? served : expired))).toMatchInlineSnapshot(`
      {
        "cause": "turned-late: not turned 15.0 s after the first question, declared by 14.0 s",
        "turnedAfterMs": 16100,
        "verdict": "fail",
      }
    `)
    expect(verdict((second) => (second === 11 || second > 13 ? expired : served))).toMatchInlineSnapshot(`
      {
        "cause": "turned-back: back after 12.1 s to what it was before the turn",
        "turnedAfterMs": 11100,
        "verdict": "fail",
      }
    `)
    expect(verdict(() => served)).toMatchInlineSnapshot(`
      {
        "cause": "turned-late: not turned 15.0 s after the first question, declared by 14.0 s",
        "turnedAfterMs": undefined,
        "verdict": "fail",
      }
    `)
  })

  it('fails at the first answer that is neither', () => {
    expect(verdict((second) => (second === 4 ? { ...served, wire: 'plain' } : second < 12 ? served : expired))).toMatchInlineSnapshot(`
      {
        "cause": "wrong-wire: after 4.1 s: declared mtls on the wire, seen plain",
        "turnedAfterMs": 12100,
        "verdict": "fail",
      }
    `)
    expect(verdict((second) => (second === 12 ? { outcome: '503' } : second < 12 ? served : expired))).toMatchInlineSnapshot(`
      {
        "cause": "wrong-outcome: after 12.1 s: declared 200 mtls, seen 503",
        "turnedAfterMs": 13100,
        "verdict": "fail",
      }
    `)
    expect(verdict((second) => (second < 12 ? served : { ...expired, by: { kind: 'no-allow' } }))).toMatchInlineSnapshot(`
      {
        "cause": "wrong-outcome: after 12.1 s: declared 200 mtls, seen 401 mtls by no-allow",
        "turnedAfterMs": undefined,
        "verdict": "fail",
      }
    `)
  })

  it('is inconclusive with too few answers that count on either side', () => {
    expect(verdict((second) => (second < 8 ? lost : second < 12 ? served : expired))).toMatchInlineSnapshot(`
      {
        "cause": "exec-link-lost: 2 of 3 answers that count before the earliest moment of the turn; lost",
        "turnedAfterMs": 12100,
        "verdict": "inconclusive",
      }
    `)
    expect(verdict((second) => (second > 16 ? lost : second < 12 ? served : expired))).toMatchInlineSnapshot(`
      {
        "cause": "exec-link-lost: 2 of 3 answers that count after the latest moment of the turn; lost",
        "turnedAfterMs": 12100,
        "verdict": "inconclusive",
      }
    `)
  })

  it('without a turn stays what it is declared', () => {
    const { turn: _, ...steady } = watch
    expect(verdict(() => served, steady)).toEqual({ verdict: 'pass', turnedAfterMs: undefined })
    expect(verdict((second) => (second === 20 ? expired : served), steady)).toMatchInlineSnapshot(`
      {
        "cause": "wrong-outcome: after 20.1 s: declared 200 mtls, seen 401 mtls by jwt(expired)",
        "turnedAfterMs": undefined,
        "verdict": "fail",
      }
    `)
    expect(verdict((second) => (second > 1 ? lost : served), steady)).toMatchInlineSnapshot(`
      {
        "cause": "exec-link-lost: 2 of 3 answers that count in all; lost",
        "turnedAfterMs": undefined,
        "verdict": "inconclusive",
      }
    `)
  })
})
