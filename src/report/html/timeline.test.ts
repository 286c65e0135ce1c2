import { expect, test } from 'vitest'
import type { AttemptRecord, CellRecord } from '../record-schema.ts'
import { richRecord } from './example-record.ts'
import { niceEnd, renderTimeline } from './timeline.ts'

const [late] = richRecord().scenarios.flatMap((one) => one.steps.flatMap((step) => step.cells.filter((cell) => cell.enforcedWithinMs)))
if (!late) throw new Error('the example has a cell with a bound')
const [pattern] = late.attempts
if (!pattern) throw new Error('the example was asked')
const cell: CellRecord = late

function attempt(n: number, sinceChangeMs: number, ms: number, fate: AttemptRecord['fate']): AttemptRecord {
  return { ...(pattern as AttemptRecord), n, sinceChangeMs, ms, fate }
}

/** Begin and width of every bar, in the picture's pixels. */
function barsOf(svg: string) {
  return [...svg.matchAll(/class="bar (\w+)" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g)].map(([, fate, x, width]) => [
    fate,
    Number(x),
    Number(width),
  ])
}

test('a bar spans from the question to its answer, on a scale that begins with the change', () => {
  const attempts = [attempt(1, 200, 100, { kind: 'stale', reason: 'old' }), attempt(2, 1000, 500, { kind: 'counted' })]
  const { text } = renderTimeline({ ...cell, attempts, enforcedWithinMs: undefined })
  // 400 pixels to the second, from 34.
  expect(barsOf(text)).toEqual([
    ['stale', 74, 40],
    ['counted', 234, 200],
  ])
})

test('the bound and the first answer are marked, and called enforced only where the declared was seen', () => {
  const marks = (one: CellRecord) =>
    [...renderTimeline(one).text.matchAll(/<text class="(bound|enforced|answered)"[^>]*>([^<]*)/g)].map(([, kind, text]) => [kind, text])
  expect(marks({ ...cell, timeToEnforceMs: 342 })).toEqual([
    ['bound', 'bound 300 ms'],
    ['answered', 'first answer after 342 ms'],
  ])
  expect(marks({ ...cell, timeToEnforceMs: 342, observed: cell.declared })).toEqual([
    ['bound', 'bound 300 ms'],
    ['enforced', 'enforced in 342 ms'],
  ])
})

test('what it shows is said in words', () => {
  const attempts = [
    attempt(1, 200, 100, { kind: 'stale', reason: 'old' }),
    attempt(2, 300, 100, { kind: 'stale', reason: 'old' }),
    attempt(3, 700, 9, { kind: 'void', cause: { code: 'x', message: 'y' } }),
    attempt(4, 900, 9, { kind: 'counted' }),
  ]
  expect(renderTimeline({ ...cell, attempts, timeToEnforceMs: 900 }).text).toContain(
    'aria-label="Timeline of 4 attempts: 1 counted, 2 stale, 1 void; first answer after 900 ms"',
  )
})

test('an attempt from before the change does not leave the picture', () => {
  const { text } = renderTimeline({ ...cell, attempts: [attempt(1, 5, 5000, { kind: 'counted' })], enforcedWithinMs: undefined })
  expect(barsOf(text)[0]?.[1]).toBe(34)
})

test.each([
  [0, 1],
  [1, 1],
  [950, 1000],
  [1010, 1200],
  [1601, 2000],
  [8001, 10_000],
])('an axis that has to hold %d ends with %d', (largest, end) => {
  expect(niceEnd(largest)).toBe(end)
})
