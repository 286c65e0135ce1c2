import { describe, expect, it } from 'vitest'
import { type Cell, DEFAULT_BOUNDS } from '../scenario/model.ts'
import { isOpen, judge } from './judge.ts'
import type { Attempt, AttemptFate, Seen } from './result.ts'

const where = { file: 'x.yaml', line: 1, column: 1 }
const cell: Cell = {
  id: 's1.c1',
  step: 0,
  from: { app: 'sleep', namespace: 'foo', text: 'sleep.foo' },
  to: { kind: 'service', app: 'httpbin', namespace: 'foo', port: 8000, text: 'httpbin.foo:8000' },
  question: { kind: 'http', method: 'GET', path: '/ip', headers: {} },
  declared: { outcome: '403', wire: 'mtls', by: { kind: 'policy', name: 'deny', namespace: 'foo' }, sees: [] },
  bounds: DEFAULT_BOUNDS,
  where,
}
const denied: Seen = { outcome: '403', wire: 'mtls', by: { kind: 'policy', name: 'deny', namespace: 'foo' } }

function attempts(...all: (Seen | AttemptFate)[]): Attempt[] {
  return all.map((one, index) => ({
    n: index + 1,
    token: `mp-${index}`,
    at: '',
    ms: 1,
    command: '',
    sinceChangeMs: index,
    ...('kind' in one ? { fate: one } : { fate: { kind: 'counted' as const }, seen: one }),
  }))
}

describe('the verdict on a cell', () => {
  it('is a pass with three equal answers as declared', () => {
    expect(judge(cell, attempts(denied, denied, denied)).verdict).toBe('pass')
  })

  it('is inconclusive with two', () => {
    expect(judge(cell, attempts(denied, denied))).toMatchObject({ verdict: 'inconclusive', cause: { code: 'not-asked' } })
  })

  it('is a fail with three equal answers of another outcome, wire or decider', () => {
    const served: Seen = { outcome: '200', wire: 'mtls' }
    const plain: Seen = { ...denied, wire: 'plain' }
    const other: Seen = { ...denied, by: { kind: 'no-allow' } }
    expect(judge(cell, attempts(served, served, served)).cause?.code).toBe('wrong-outcome')
    expect(judge(cell, attempts(plain, plain, plain)).cause?.code).toBe('wrong-wire')
    expect(judge(cell, attempts(other, other, other)).cause?.code).toBe('wrong-decider')
  })

  it('is a fail whether or not the wire of another outcome was read', () => {
    const served: Seen = { outcome: '200' }
    expect(judge(cell, attempts(served, { ...served, wire: 'mtls' }, served)).cause?.code).toBe('wrong-outcome')
  })

  it('is flapping as soon as one counted answer contradicts another, whatever follows', () => {
    const result = judge(cell, attempts({ outcome: '200', wire: 'mtls' }, denied, denied, denied, denied))
    expect(result).toMatchObject({ verdict: 'inconclusive', cause: { code: 'flapping' } })
    expect(isOpen(cell, result.attempts, { stillMs: 0, late: false })).toBe(false)
  })

  it('is a fail when the answer holds a text that it must lack', () => {
    const quiet: Cell = { ...cell, declared: { outcome: '200', sees: [], lacks: ['X-Secret'] } }
    const open: Seen = { outcome: '200', unwanted: ['X-Secret'] }
    expect(judge(quiet, attempts(open, open, open)).cause).toEqual({ code: 'unwanted-text', message: 'the answer holds "X-Secret"' })
    expect(judge(quiet, attempts({ outcome: '200' }, open)).cause?.message).toBe(
      'answers contradict each other: #1 200, #2 200 with X-Secret',
    )
  })

  it('never counts stale answers and broken probes', () => {
    const stale: AttemptFate = { kind: 'stale', reason: 'old' }
    const lost: AttemptFate = { kind: 'void', cause: { code: 'exec-link-lost', message: 'lost' } }
    expect(judge(cell, attempts(stale, stale, stale)).cause?.code).toBe('only-stale')
    expect(judge(cell, attempts(lost, denied, denied)).cause?.code).toBe('exec-link-lost')
    expect(judge(cell, attempts(stale, lost, denied, denied, denied)).verdict).toBe('pass')
  })
})

describe('a cell is asked on', () => {
  it('until it is decided', () => {
    expect(isOpen(cell, attempts(denied, denied), { stillMs: 60_000, late: false })).toBe(true)
    expect(isOpen(cell, attempts(denied, denied, denied), { stillMs: 0, late: false })).toBe(false)
  })

  it('for a second after configuration moved before it may fail, since a push may be late', () => {
    const served: Seen = { outcome: '200', wire: 'mtls' }
    expect(isOpen(cell, attempts(served, served, served), { stillMs: 999, late: false })).toBe(true)
    expect(isOpen(cell, attempts(served, served, served), { stillMs: 1_000, late: false })).toBe(false)
  })

  it('past its bound only for the stillness that a fail needs', () => {
    const served: Seen = { outcome: '200', wire: 'mtls' }
    expect(isOpen(cell, attempts(denied, denied), { stillMs: 0, late: true })).toBe(false)
    expect(isOpen(cell, attempts(served, served, served), { stillMs: 0, late: true })).toBe(true)
  })
})
