import { describe, expect, it } from 'vitest'
import { Sequence } from './sequence.ts'

function sequenceOf(...numbers: number[]): Sequence {
  const sequence = new Sequence()
  for (const n of numbers) sequence.add(n)
  return sequence
}

describe('the account of a prober', () => {
  it('is whole when every number came, in whatever order', () => {
    const sequence = sequenceOf(2, 1, 4, 3)
    sequence.announce(4)
    expect([sequence.isWhole, sequence.missing]).toEqual([true, 0])
  })

  it('misses a number that a later one shows', () => {
    expect([sequenceOf(1, 2, 4, 5).isWhole, sequenceOf(1, 2, 4, 5).missing]).toEqual([false, 1])
  })

  it('misses numbers that the prober says it asked and nobody told', () => {
    const sequence = sequenceOf(1, 2, 3)
    sequence.announce(10)
    expect([sequence.isWhole, sequence.missing]).toEqual([false, 7])
    sequence.add(12)
    expect(sequence.missing).toBe(8)
  })

  it('counts a number once, however often its log is read', () => {
    const sequence = new Sequence()
    expect([sequence.add(1), sequence.add(1), sequence.add(3), sequence.add(3)]).toEqual([true, false, true, false])
    expect(sequence.missing).toBe(1)
  })
})
