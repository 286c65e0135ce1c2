import type { Change, ChangeKind } from './diff.ts'
import type { Side } from './diff-entries.ts'
import { formatMs } from './duration.ts'

/** Every kind of change in the order of a report, worst first: how it is counted, and which verdict's sign it bears. */
export const CHANGE_KINDS: readonly {
  readonly kind: ChangeKind
  readonly title: string
  readonly sign: 'pass' | 'fail' | 'inconclusive'
}[] = [
  { kind: 'regressed', title: 'regressed', sign: 'fail' },
  { kind: 'unproven', title: 'no longer proven', sign: 'inconclusive' },
  { kind: 'new-red', title: 'new and not as declared', sign: 'fail' },
  { kind: 'slower', title: 'slower to enforce', sign: 'inconclusive' },
  { kind: 'decider', title: 'decided by another', sign: 'inconclusive' },
  { kind: 'answer', title: 'answered otherwise', sign: 'inconclusive' },
  { kind: 'gone', title: 'gone', sign: 'inconclusive' },
  { kind: 'gated', title: 'not for this version', sign: 'pass' },
  { kind: 'declaration', title: 'declared otherwise', sign: 'pass' },
  { kind: 'new', title: 'new', sign: 'pass' },
  { kind: 'fixed', title: 'fixed', sign: 'pass' },
]

/** What changed, in one line: `was 403 mtls by deny.foo, is 200 mtls: … [wrong-outcome]`. */
export function changeText({ kind, before, after, reason }: Change): string {
  switch (kind) {
    case 'slower':
      return slowerText(before?.timeToEnforceMs ?? 0, after?.timeToEnforceMs ?? 0)
    case 'declaration':
      return `was declared ${before?.declared}, is declared ${after?.declared}${after && after.verdict !== 'pass' ? `; ${sideText(after)}` : ''}`
    case 'new':
    case 'new-red':
      return after ? sideText(after) : ''
    case 'gated':
      return `${reason}; was ${before ? sideText(before) : 'not there'}`
    case 'gone':
      return `was ${before ? sideText(before) : ''}`
    default:
      return `was ${before ? sideText(before) : 'not there'}, is ${after ? sideText(after) : ''}`
  }
}

function slowerText(was: number, is: number): string {
  const times = was > 0 ? `, ${(is / was).toFixed(1)} times as long` : ''
  return `was enforced after ${formatMs(was)}, is after ${formatMs(is)}${times}`
}

function sideText({ verdict, declared, observed, cause }: Side): string {
  const why = cause === undefined ? '' : `: ${cause}`
  if (verdict === 'pass') return observed ?? declared ?? 'as it should be'
  if (verdict === 'inconclusive') return `inconclusive${why}`
  if (declared === undefined) return `wrong${why}`
  return `${observed ?? 'nothing'} where ${declared} was declared${why}`
}
