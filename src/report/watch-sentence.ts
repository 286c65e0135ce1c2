import type { CellResult } from '../run/result.ts'
import { formatDeclared } from '../scenario/format.ts'
import type { Watch } from '../scenario/model.ts'
import { formatMs } from './duration.ts'

/** What was declared of a watched cell, and what came of it, without its names: it stands for itself in the sentence about the cell. */
export function explainWatch({ cell, verdict, cause, attempts, turnedAfterMs }: CellResult, watch: Watch): string {
  const { overMs, turn } = watch
  const turning =
    turn &&
    `, turning to ${formatDeclared(turn.to)} between ${formatMs(turn.earliestMs)} and ${formatMs(turn.latestMs)} after the first question`
  const counted = attempts.filter(({ fate }) => fate.kind === 'counted').length
  const turned = turnedAfterMs === undefined ? '' : `, turned after ${formatMs(turnedAfterMs)}`
  const seen = verdict === 'pass' ? 'and seen so in' : 'but not seen so in'
  const why = cause ? `: ${cause.message} [${cause.code}]` : ''
  return `${formatDeclared(cell.declared)} for ${formatMs(overMs)}${turning ?? ''}, ${seen} ${counted} answers${turned}${why}`
}
