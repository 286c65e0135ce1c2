import { describe, expect, it } from 'vitest'
import type { SampleKind } from './judge-sample.ts'
import { readStandingSet } from './standing-set.ts'
import { laneResult, Tally } from './tally.ts'

const set = await readStandingSet()

function entries(kinds: readonly SampleKind[], everyMs = 200) {
  return kinds.map((kind, index) => ({
    at: 1_000 + index * everyMs,
    ms: 50,
    token: `mp-p-${index}`,
    judgement: { kind, seen: '503', reason: '', worded: kind === 'held' },
  }))
}

describe('a lane', () => {
  it('counts every kind, and keeps when each was', () => {
    const result = laneResult(entries(['held', 'opened', 'held', 'opened', 'down']), false)
    expect([result.asked, result.held, result.counts, result.wordless]).toEqual([5, 2, { opened: 2, down: 1 }, 3])
    expect(result.deviations.map(({ kind, at }) => [kind, at])).toEqual([
      ['opened', 1_200],
      ['opened', 1_600],
      ['down', 1_800],
    ])
  })

  it('has a gap from the first lost question to the next that is served', () => {
    expect(laneResult(entries(['held', 'lost', 'lost', 'held', 'lost', 'held']), true).longestGapMs).toBe(400)
  })

  it('has the same result in whatever order its samples are told', () => {
    const forward = entries(['held', 'lost', 'lost', 'held', 'opened', 'held'])
    expect(laneResult(forward.toReversed(), true)).toEqual(laneResult(forward, true))
  })

  it('has a gap until the end of the last question where nothing was served again', () => {
    expect(laneResult(entries(['held', 'lost', 'lost']), true).longestGapMs).toBe(250)
  })

  it('has no gap over a while in which nothing was asked', () => {
    const lost = entries(['held', 'lost'])
    const later = entries(['held']).map((entry) => ({ ...entry, at: 60_000 }))
    expect(laneResult([...lost, ...later], true).longestGapMs).toBe(50)
  })

  it('was asked in spans that a longer break parts', () => {
    const first = entries(['held', 'held'])
    const second = entries(['held', 'held']).map((entry) => ({ ...entry, at: entry.at + 10_000 }))
    expect(laneResult([...first, ...second], true).spans).toEqual([
      [1_000, 1_200],
      [11_000, 11_200],
    ])
  })

  it('keeps two hundred deviations of a kind over all of its window, a rare kind whole, and counts them all', () => {
    const kinds: SampleKind[] = Array.from({ length: 500 }, () => 'lost')
    kinds[250] = 'opened'
    const { deviations, counts, windows } = laneResult(entries(kinds), true)
    expect([counts.lost, counts.opened, deviations.length]).toEqual([499, 1, 201])
    expect(windows).toEqual({ lost: [1_000, 1_000 + 499 * 200], opened: [51_000, 51_000] })
    expect([deviations[0]?.at, deviations.at(-1)?.at]).toEqual([1_000, 1_000 + 499 * 200])
    expect(deviations.map(({ at }) => at)).toEqual(deviations.map(({ at }) => at).toSorted((a, b) => a - b))
  })
})

it('no two pairs of the standing set have one name', () => {
  const names = new Tally(set.pairs).results().map(({ from, to, asks }) => `${from} ${to} ${asks}`)
  expect(new Set(names).size).toBe(names.length)
})

describe('the wire', () => {
  const pair = set.pairs.find(({ allowed, cell }) => allowed && cell.declared.wire === 'mtls')
  const held = { kind: 'held', seen: '200', reason: '', worded: true } as const
  const one = { prober: 'p', n: 1, pair: pair?.id ?? '', lane: 'fresh', at: 1, ms: 1, outcome: '200', port: 1 } as const
  const laneOf = (tally: Tally) => tally.results().find(({ id }) => id === pair?.id)?.fresh

  it('makes a sample plain whose token was readable', () => {
    const tally = new Tally(set.pairs)
    tally.add(one, held)
    tally.readWire((token) => token === 'mp-p-1')
    expect(laneOf(tally)).toMatchObject({ held: 0, counts: { plain: 1 } })
  })

  it('leaves a sample as it is whose token was not', () => {
    const tally = new Tally(set.pairs)
    tally.add(one, held)
    tally.readWire((token) => token === 'mp-p-12')
    expect(laneOf(tally)).toMatchObject({ held: 1, counts: {} })
  })

  it('is no reason for a pair that is declared plain', () => {
    const plain = set.pairs.find(({ cell }) => cell.declared.wire === 'plain')
    const tally = new Tally(set.pairs)
    tally.add({ ...one, pair: plain?.id ?? '' }, held)
    tally.readWire(() => true)
    expect(tally.results().find(({ id }) => id === plain?.id)?.fresh.held).toBe(1)
  })

  it('does not make a served denial less than that', () => {
    const denied = set.pairs.find(({ allowed, cell }) => !allowed && cell.declared.wire === 'mtls')
    const tally = new Tally(set.pairs)
    tally.add({ ...one, pair: denied?.id ?? '' }, { ...held, kind: 'opened' })
    tally.readWire(() => true)
    expect(tally.results().find(({ id }) => id === denied?.id)?.fresh.counts).toEqual({ opened: 1 })
  })
})
