import type { Where } from '../error.ts'
import type { Attempt, AttemptFate, Cause, CellResult, Seen } from '../run/result.ts'
import { formatDeclared } from '../scenario/format.ts'
import type { Decider } from '../scenario/model.ts'
import { askedBy, formatAsked } from './asked.ts'
import { formatMs } from './duration.ts'
import { explainWatch } from './watch-sentence.ts'

/**
 * One sentence that accounts for a cell: what was declared, what was seen, how often and for how long,
 * who decided, the cause, and the place in the scenario file.
 */
export function explainCell(result: CellResult): string {
  const { cell, cause } = result
  if (cell.watch) return `${formatAsked(askedBy(cell))} was declared ${explainWatch(result, cell.watch)} (${formatWhere(cell.where)})`
  const within = cell.enforcedWithinMs === undefined ? '' : ` within ${formatMs(cell.enforcedWithinMs)}`
  const declared = `${formatAsked(askedBy(cell))} was declared ${formatDeclared(cell.declared)}${within}`
  const tail = cause ? whyText(cause) : ''
  return `${declared}${account(result)}${tail} (${formatWhere(cell.where)})`
}

/** Causes that say no more than that declared and seen differ, which the sentence has said by then. */
const SAID = ['wrong-outcome', 'wrong-wire', 'wrong-decider']

function whyText(cause: Cause): string {
  return SAID.includes(cause.code) ? ` [${cause.code}]` : `: ${formatCause(cause)}`
}

/** `the answers contradict each other [flapping]`. */
export function formatCause(cause: Cause): string {
  return `${cause.message.trim().replace(/\.$/, '')} [${cause.code}]`
}

/** `scenarios/mtls.yaml:31:9`, which terminals and editors open. */
export function formatWhere(where: Where): string {
  return `${where.file}:${where.line}:${where.column}`
}

function account(result: CellResult): string {
  const counted = result.attempts.filter((attempt) => attempt.fate.kind === 'counted')
  if (result.verdict === 'inconclusive') return `, but ${nothingSure(result.attempts)}`
  const often = `${times(counted.length)}${span(counted)}${staleNote(result.attempts)}`
  if (result.verdict === 'pass') {
    const enforced = result.timeToEnforceMs === undefined ? '' : `, enforced ${formatMs(result.timeToEnforceMs)} after the change`
    return ` and seen so ${often}${enforced}`
  }
  if (!result.observed) return ', but no answer was seen'
  const enforced = result.timeToEnforceMs === undefined ? '' : `, first ${formatMs(result.timeToEnforceMs)} after the change`
  return `, but ${observedText(result.observed)} was seen ${often}${enforced}, ${whoDecided(result.observed)}`
}

/** An inconclusive cell: every kind of answer with its number, so that flapping and silence read differently. */
function nothingSure(attempts: readonly Attempt[]): string {
  if (attempts.length === 0) return 'it was never asked'
  const groups = new Map<string, number>()
  for (const attempt of attempts) {
    const group = attemptText(attempt)
    groups.set(group, (groups.get(group) ?? 0) + 1)
  }
  const list = [...groups].map(([group, count]) => `${group} ${times(count)}`).join(', ')
  return `${attempts.length === 1 ? 'one question' : `${attempts.length} questions`}${span(attempts)} established nothing: ${list}`
}

/** What was seen, as a run has it or as a record does. */
type SeenWords = Omit<Seen, 'outcome'> & { readonly outcome: string }

/** What became of one attempt: `403 by deny-get.foo`, `stale 200 mtls`, `no answer [probe-timeout]`. */
export function attemptText(attempt: { readonly seen?: SeenWords | undefined; readonly fate: AttemptFate }): string {
  const seen = attempt.seen ? observedText(attempt.seen) + (attempt.seen.by ? ` by ${formatBy(attempt.seen.by)}` : '') : 'no answer'
  switch (attempt.fate.kind) {
    case 'counted':
      return seen
    case 'stale':
      return `stale ${seen}`
    case 'void':
      return `${seen} [${attempt.fate.cause.code}]`
  }
}

function observedText(seen: SeenWords): string {
  const missing = seen.missing?.length ? ` without ${seen.missing.map((text) => JSON.stringify(text)).join(' and ')}` : ''
  const unwanted = seen.unwanted?.length ? ` with ${seen.unwanted.map((text) => JSON.stringify(text)).join(' and ')}` : ''
  return `${formatDeclared({ outcome: seen.outcome, wire: seen.wire })}${missing}${unwanted}`
}

function formatBy(by: Decider): string {
  return formatDeclared({ outcome: '', by }).replace(/^by /, '')
}

function whoDecided(seen: Seen): string {
  const by = seen.by
  if (!by) return /^(echo|[23]\d\d)$/.test(seen.outcome) ? 'with nothing refusing it' : 'with nobody known to have decided it'
  switch (by.kind) {
    case 'policy':
      return `decided by the policy ${formatBy(by)}`
    case 'no-allow':
      return 'refused because no ALLOW policy matched'
    case 'strict':
      return 'cut off because the server takes mutual TLS only'
    case 'tls-mismatch':
      return 'cut off because the two ends could not agree on TLS'
    case 'no-route':
      return 'refused because the proxy knows no route for it'
    case 'jwt':
      return `refused for its token (${by.fault})`
    case 'ext-authz':
      return `refused by the external authorizer ${by.provider}`
    case 'ext-authz-error':
      return 'refused because the external authorizer gave no answer'
    case 'bad-provider':
      return 'refused because the policy names a provider that the mesh does not know'
    case 'app':
      return 'answered by the application itself'
  }
}

function staleNote(attempts: readonly Attempt[]): string {
  const stale = attempts.filter((attempt) => attempt.fate.kind === 'stale').length
  if (stale === 0) return ''
  return ` (after ${stale === 1 ? 'one stale answer' : `${stale} stale answers`})`
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}

/** From the first question to the last answer. */
function span(attempts: readonly Attempt[]): string {
  if (attempts.length < 2) return ''
  const begins = attempts.map((attempt) => Date.parse(attempt.at))
  const ends = attempts.map((attempt) => Date.parse(attempt.at) + attempt.ms)
  return ` in ${formatMs(Math.max(...ends) - Math.min(...begins))}`
}
