import { expect, test } from 'vitest'
import type { AttemptRecord, CellRecord } from '../record-schema.ts'
import { renderEvidence } from './evidence.ts'
import { richRecord } from './example-record.ts'

const cells = richRecord().scenarios.flatMap((one) => one.steps.flatMap((step) => step.cells))

function cellOf(id: string): CellRecord {
  const cell = cells.find((one) => one.id === id)
  if (!cell) throw new Error(`the example has no cell ${id}`)
  return cell
}

function evidenceOf(cell: CellRecord, options: Partial<Parameters<typeof renderEvidence>[1]> = {}): string {
  return renderEvidence(cell, { context: 'kind-meshproof', attempts: 'all', changed: true, ...options }).text
}

function wordsOf(markup: string): string {
  return markup
    .replace(/<svg.*?<\/svg>/gs, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
}

/** Attempts with these answers, in this order. */
function attemptsOf(...stretches: readonly (readonly [count: number, text: string])[]): AttemptRecord[] {
  const [pattern] = cellOf('s2.c1').attempts
  if (!pattern) throw new Error('the example was asked')
  return stretches
    .flatMap(([count, text]) => Array.from({ length: count }, () => text))
    .map((text, index) => ({
      ...pattern,
      n: index + 1,
      sinceChangeMs: (index + 1) * 100,
      fate: { kind: 'counted' },
      seen: { text, outcome: text },
    }))
}

test('of hundreds of attempts only where the answer turned is shown, and how long it stayed', () => {
  const text = evidenceOf({ ...cellOf('s2.c1'), attempts: attemptsOf([25, '200'], [1, '403'], [74, '200']) })
  expect(
    [...text.matchAll(/<details class="attempt"( open)?>\s*<summary><span class="n">(\d+)/g)].map(([, open, n]) => `${n}${open ?? ''}`),
  ).toEqual(['1 open', '26', '27'])
  expect([...text.matchAll(/others">([^<]+)/g)].map(([, words]) => words)).toEqual([
    'and 24 more attempts with the same answer, the last +2.5 s; report.json has them all.',
    'and 73 more attempts with the same answer, the last +10.0 s; report.json has them all.',
  ])
})

test('their timeline has a row for each answer, with all of its bars', () => {
  const text = evidenceOf({ ...cellOf('s2.c1'), attempts: attemptsOf([25, '200'], [1, '403'], [74, '200']) })
  expect([...text.matchAll(/<text class="tick"[^>]*>(counted[^<]+)/g)].map(([, words]) => words)).toEqual([
    'counted: 200, 99 times',
    'counted: 403, once',
  ])
  expect(text.match(/<rect class="bar counted"[^>]*><title>/g)?.length).toBe(100)
})

test('thirty attempts are shown one by one', () => {
  const text = evidenceOf({ ...cellOf('s2.c1'), attempts: attemptsOf([30, '200']) })
  expect([text.match(/<details class="attempt"/g)?.length, text.includes('others')]).toEqual([30, false])
})

test('the attempt that says most is open: the first that counted against the declaration', () => {
  const declared = { text: '200', outcome: '200', sees: [] }
  const openOf = (attempts: AttemptRecord[]) =>
    /<details class="attempt" open>\s*<summary><span class="n">(\d+)/.exec(evidenceOf({ ...cellOf('s2.c1'), declared, attempts }))?.[1]
  expect(openOf(attemptsOf([2, '200'], [2, '403']))).toBe('3')
  expect(openOf(attemptsOf([3, '200']).map((one, index) => (index === 0 ? { ...one, fate: { kind: 'stale', reason: 'old' } } : one)))).toBe(
    '2',
  )
})

test('what was to be in an answer, and what a watched cell was to do, is told beside what was seen', () => {
  const words = wordsOf(evidenceOf(cellOf('s2.c3')))
  expect(words).toContain('Declared 200 with x-id without x-secret Seen 200')
  expect(words).toContain(
    'lacking x-id with x-secret Watched for 30.0 s, asked every 500 ms; to turn to 403 between 4.0 s and 9.0 s after the first question; turned after 12.0 s',
  )
})

test('times count from the change, or from the beginning of a step that changes nothing', () => {
  expect(evidenceOf(cellOf('s2.c1'))).toContain('Attempts since the change')
  expect(evidenceOf(cellOf('s2.c1'), { changed: false })).toContain('Attempts since the step began')
})

test('the command from outside is one that a shell takes', () => {
  const outside = (command: string, more: Partial<CellRecord['from']> = {}, context: string | undefined = 'kind-meshproof') => {
    const cell = cellOf('s2.c1')
    const attempts = cell.attempts.slice(0, 1).map((attempt) => ({ ...attempt, command }))
    const text = evidenceOf({ ...cell, from: { ...cell.from, ...more }, attempts }, { context })
    const [, shown = ''] = /aria-label="Ask again, from outside"><code>([^<]*)/.exec(text) ?? []
    return shown.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&')
  }
  expect(outside("curl -H 'a: b' http://x")).toBe("kubectl --context kind-meshproof -n foo exec deploy/sleep -- curl -H 'a: b' http://x")
  expect(outside("printf 'a' | nc x 1")).toBe(
    "kubectl --context kind-meshproof -n foo exec deploy/sleep -- sh -c 'printf '\\''a'\\'' | nc x 1'",
  )
  expect(outside('curl x', { container: 'istio-proxy' })).toBe(
    'kubectl --context kind-meshproof -n foo exec deploy/sleep -c istio-proxy -- curl x',
  )
  expect(outside('curl x', {}, 'a b')).toBe("kubectl --context 'a b' -n foo exec deploy/sleep -- curl x")
  expect(outside('curl 127.0.0.1:1', { kind: 'port-forward' })).toBe('curl 127.0.0.1:1')
})
