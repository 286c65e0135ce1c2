import { expect, test } from 'vitest'
import type { RunResult, Verdict } from '../run/result.ts'
import { mergeParts } from './report-parts.ts'

function part(id: string, second: number, verdict: Verdict): RunResult {
  const startedAt = new Date(Date.UTC(2026, 10, 24, 9, 0, second)).toISOString()
  const harness = { version: '0.1.0', node: 'v20.20.2', peakRssBytes: second * 1000 }
  return { id, startedAt, ms: 500, verdict, interrupted: id === 'b', scenarios: [], causes: [{ code: id, message: id }], harness }
}

test('parts become one run: the earliest names it, the worst verdict and the largest memory stand for all', () => {
  const { id, ms, verdict, interrupted, causes, harness } = mergeParts([part('b', 4, 'fail'), part('a', 1, 'inconclusive')])
  expect({ id, ms, verdict, interrupted, rss: harness.peakRssBytes }).toEqual({
    id: 'a',
    ms: 3500,
    verdict: 'fail',
    interrupted: true,
    rss: 4000,
  })
  expect(causes.map(({ code }) => code)).toEqual(['a', 'b'])
})

test('a run of no parts is refused', () => {
  expect(() => mergeParts([])).toThrowError('a run of no parts has no result')
})
