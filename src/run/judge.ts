import { formatDecider, formatDeclared } from '../scenario/format.ts'
import type { Cell } from '../scenario/model.ts'
import type { Attempt, Cause, CellResult, Seen } from './result.ts'

/**
 * The verdict on a cell from its attempts alone. Pure.
 *
 * - Counted answers that contradict each other, whatever follows: inconclusive, flapping.
 * - Fewer equal counted answers than asked for: inconclusive, with the last thing that stood in the way.
 * - Enough: a pass exactly when they are what was declared, otherwise a fail.
 */
export function judge(cell: Cell, attempts: readonly Attempt[]): CellResult {
  const counted = attempts.flatMap((attempt) =>
    attempt.fate.kind === 'counted' && attempt.seen ? [{ ...attempt, seen: attempt.seen }] : [],
  )
  const [first] = counted
  if (!first) return inconclusive(cell, attempts, obstacle(attempts))
  const other = counted.find(({ seen }) => sight(cell, seen) !== sight(cell, first.seen))
  if (other) {
    const cause = {
      code: 'flapping',
      message: `answers contradict each other: #${first.n} ${sight(cell, first.seen)}, #${other.n} ${sight(cell, other.seen)}`,
    }
    return inconclusive(cell, attempts, cause)
  }
  if (counted.length < cell.bounds.answers) {
    const { code, message } = obstacle(attempts)
    const cause = {
      code,
      message: `${counted.length} of ${cell.bounds.answers} answers that count (${sight(cell, first.seen)}); ${message}`,
    }
    return { ...inconclusive(cell, attempts, cause), observed: first.seen }
  }
  const cause = difference(cell, first.seen)
  return { cell, verdict: cause ? 'fail' : 'pass', observed: first.seen, attempts, ...(cause ? { cause } : {}) }
}

/**
 * How long configuration must have stood still before a cell may fail, milliseconds. istiod does not tell of a push that it has still to
 * make; one that is later than all its others by so much has not been seen. Until then a cell that would fail is asked on.
 */
const STILL_MS = 1_000

/**
 * Whether a cell has to be asked again, so many milliseconds after configuration was last seen to move.
 * @param late The step's bound has passed: nothing more is hoped for, but what would fail needs its stillness all the same.
 */
export function isOpen(cell: Cell, attempts: readonly Attempt[], { stillMs, late }: { stillMs: number; late: boolean }): boolean {
  const { verdict, cause } = judge(cell, attempts)
  if (verdict === 'fail') return stillMs < STILL_MS
  return !late && verdict === 'inconclusive' && cause?.code !== 'flapping'
}

/** How a declaration and what was seen differ; undefined when they do not. */
export function difference({ declared }: Pick<Cell, 'declared'>, seen: Seen): Cause | undefined {
  if (seen.outcome !== declared.outcome)
    return { code: 'wrong-outcome', message: `declared ${formatDeclared(declared)}, seen ${formatDeclared(seen)}` }
  if (declared.wire && seen.wire !== declared.wire)
    return { code: 'wrong-wire', message: `declared ${declared.wire} on the wire, seen ${seen.wire}` }
  if (declared.by && (!seen.by || formatDecider(seen.by) !== formatDecider(declared.by))) {
    return {
      code: 'wrong-decider',
      message: `declared by ${formatDecider(declared.by)}, decided by ${seen.by ? formatDecider(seen.by) : 'nobody who said so'}`,
    }
  }
  if (seen.missing && seen.missing.length > 0)
    return { code: 'missing-text', message: `the answer lacks ${seen.missing.map((text) => `"${text}"`).join(', ')}` }
  if (seen.unwanted && seen.unwanted.length > 0)
    return { code: 'unwanted-text', message: `the answer holds ${seen.unwanted.map((text) => `"${text}"`).join(', ')}` }
  return undefined
}

/** Everything of an answer that two answers must share to be equal. A wire that nobody declared may differ, and so may that of another outcome. */
function sight({ declared }: Cell, { outcome, wire, by, missing, unwanted }: Seen): string {
  const lacks = missing && missing.length > 0 ? ` without ${missing.join(', ')}` : ''
  const holds = unwanted && unwanted.length > 0 ? ` with ${unwanted.join(', ')}` : ''
  const ofInterest = outcome === declared.outcome && declared.wire ? wire : undefined
  return `${formatDeclared({ outcome, wire: ofInterest, by })}${lacks}${holds}`
}

/** What stood in the way of an answer that counts, last. */
export function obstacle(attempts: readonly Attempt[]): Cause {
  for (const { fate } of attempts.toReversed()) {
    if (fate.kind === 'void') return fate.cause
  }
  const stale = attempts.filter(({ fate }) => fate.kind === 'stale').length
  if (stale > 0) return { code: 'only-stale', message: `${stale} answers came over connections older than the change` }
  return { code: 'not-asked', message: 'no question was asked' }
}

function inconclusive(cell: Cell, attempts: readonly Attempt[], cause: Cause): CellResult {
  return { cell, verdict: 'inconclusive', attempts, cause }
}
