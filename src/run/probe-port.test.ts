import { expect, test } from 'vitest'
import { portSequence } from './probe-port.ts'

const START = Date.UTC(2026, 0, 1)

test('ports come one after the other, all below those of the kernel', () => {
  const next = portSequence()
  const ports = Array.from({ length: 16_000 }, () => next(START))
  expect(new Set(ports).size).toBe(16_000)
  expect([Math.min(...ports), Math.max(...ports)]).toEqual([16_000, 31_999])
})

test('a run takes no port that another, before it or beside its end, took within two minutes', () => {
  const taken = new Map<number, number>()
  // Each in a process of its own: a long one that asks slowly, then short ones without a pause.
  const runs = [
    { from: 0, to: 900_000, everyMs: 40 },
    ...Array.from({ length: 20 }, (_, n) => ({ from: 900_000 + n * 9_000, to: 909_000 + n * 9_000, everyMs: 15 })),
  ]
  const early: number[] = []
  for (const { from, to, everyMs } of runs) {
    const next = portSequence()
    for (let at = START + from; at < START + to; at += everyMs) {
      const port = next(at)
      const before = taken.get(port)
      if (before !== undefined && at - before < 119_000) early.push(at - before)
      taken.set(port, at)
    }
  }
  expect(early).toEqual([])
})
