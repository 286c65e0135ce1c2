import { expect, test } from 'vitest'
import { portSequence } from './probe-port.ts'

const START = Date.UTC(2026, 0, 1)
const REMEMBERED_MS = 120_000

test('ports come one after the other, all below those of the kernel', () => {
  const next = portSequence()
  const ports = Array.from({ length: 16_000 }, () => next(START))
  expect(new Set(ports).size).toBe(16_000)
  expect([Math.min(...ports), Math.max(...ports)]).toEqual([16_000, 31_999])
})

test('a run takes no port that another, before it or beside its end, still has or had a connection on two minutes ago', () => {
  const taken = new Map<number, number>()
  // Each in a process of its own: a long one, then short ones without a pause, all with bursts of questions.
  const runs = [{ from: 0, to: 900_000 }, ...Array.from({ length: 20 }, (_, n) => ({ from: 900_000 + n * 9_000, to: 909_000 + n * 9_000 }))]
  const early: number[] = []
  for (const { from, to } of runs) {
    const next = portSequence()
    for (let at = START + from; at < START + to; at += 750) {
      for (let n = 0; n < 50; n += 1) {
        const port = next(at)
        const before = taken.get(port)
        // A probe may last five seconds.
        if (before !== undefined && at - before < REMEMBERED_MS + 5_000) early.push(at - before)
        taken.set(port, at)
      }
    }
  }
  expect(early).toEqual([])
})
