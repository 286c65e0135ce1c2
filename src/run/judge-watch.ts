import type { Cell, Declared, Watch } from '../scenario/model.ts'
import { difference, obstacle } from './judge.ts'
import type { Attempt, Cause, CellResult, Seen } from './result.ts'

/** An answer that counts, with its moments since the first question, milliseconds. */
interface Moment {
  readonly seen: Seen
  readonly asked: number
  readonly answered: number
}

/**
 * The verdict on a watched cell. Pure.
 *
 * - Whatever was answered before the earliest moment must be what is declared; whatever was asked after the latest, what it turns to.
 *   In between it may be either, but once turned it stays so. Without a turn all of it must be what is declared. Else: a fail.
 * - Fewer answers that count on either side than the cell's bound asks for: inconclusive, with what stood in the way.
 */
export function judgeWatch(cell: Cell, watch: Watch, attempts: readonly Attempt[]): CellResult {
  const begun = Math.min(...attempts.map(({ at }) => Date.parse(at)))
  const moments = attempts.flatMap(({ fate, seen, at, ms }): Moment[] =>
    fate.kind === 'counted' && seen ? [{ seen, asked: Date.parse(at) - begun, answered: Date.parse(at) - begun + ms }] : [],
  )
  const observed = moments.at(-1)?.seen
  const turned = watch.turn && moments.find(({ seen }) => shows(watch.turn?.to, seen))
  const common = {
    cell,
    attempts,
    ...(observed ? { observed } : {}),
    ...(turned ? { turnedAfterMs: turned.answered } : {}),
  }
  const fault = watch.turn ? faultOfTurn(cell, watch.turn, moments) : faultOf(cell, moments)
  if (fault) return { ...common, verdict: 'fail', cause: fault }
  const lacking = lackingSide(cell, watch, moments)
  if (lacking === undefined) return { ...common, verdict: 'pass' }
  const { code, message } = obstacle(attempts)
  return { ...common, verdict: 'inconclusive', cause: { code, message: `${lacking}; ${message}` } }
}

function faultOf(cell: Cell, moments: readonly Moment[]): Cause | undefined {
  for (const { seen, answered } of moments) {
    const other = difference(cell, seen)
    if (other) return { code: other.code, message: `after ${seconds(answered)}: ${other.message}` }
  }
  return undefined
}

function faultOfTurn(cell: Cell, { to, earliestMs, latestMs }: NonNullable<Watch['turn']>, moments: readonly Moment[]): Cause | undefined {
  let turned = false
  for (const { seen, asked, answered } of moments) {
    const [before, after] = [!difference(cell, seen), shows(to, seen)]
    if (!before && !after) {
      const cause = difference(turned || asked > latestMs ? { declared: to } : cell, seen)
      return { code: cause?.code ?? 'wrong-outcome', message: `after ${seconds(answered)}: ${cause?.message}` }
    }
    if (after && answered < earliestMs) {
      return { code: 'turned-early', message: `turned after ${seconds(answered)}, declared not before ${seconds(earliestMs)}` }
    }
    if (before && asked > latestMs) {
      return { code: 'turned-late', message: `not turned ${seconds(asked)} after the first question, declared by ${seconds(latestMs)}` }
    }
    if (before && turned) return { code: 'turned-back', message: `back after ${seconds(answered)} to what it was before the turn` }
    turned ||= after
  }
  return undefined
}

/** Which side of the turn has too few answers that count; undefined where all have enough. */
function lackingSide({ bounds }: Cell, { turn }: Watch, moments: readonly Moment[]): string | undefined {
  const sides: readonly (readonly [string, number])[] = turn
    ? [
        ['before the earliest moment of the turn', moments.filter(({ answered }) => answered < turn.earliestMs).length],
        ['after the latest moment of the turn', moments.filter(({ asked }) => asked > turn.latestMs).length],
      ]
    : [['in all', moments.length]]
  const poor = sides.find(([, count]) => count < bounds.answers)
  return poor && `${poor[1]} of ${bounds.answers} answers that count ${poor[0]}`
}

/** What the cell's own answer must contain is no matter of what it turns to. */
function shows(to: Declared | undefined, { outcome, wire, by }: Seen): boolean {
  return to !== undefined && difference({ declared: to }, { outcome, wire, by }) === undefined
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
