import type { Attempt, CellResult, StepResult } from '../run/result.ts'
import { formatMs } from './duration.ts'
import { attemptText, formatCause } from './sentence.ts'

/** All attempts of a cell, in full: when, how long, what was run, what came back, what the proxies logged, what the wire carried. */
export function cellEvidence(result: CellResult): string[] {
  return result.attempts.flatMap(attemptEvidence)
}

/** What a step changed, and how the change arrived. */
export function changeEvidence(step: StepResult): string[] {
  const changes = step.changes.flatMap((change) => [
    `${change.action} ${change.object}`,
    ...change.warnings.map((warning) => `  warning: ${warning}`),
    ...(change.refused === undefined ? [] : [`  refused: ${change.refused}`]),
  ])
  if (changes.length === 0) return []
  const altered = step.altered.length === 0 ? 'no proxy altered' : `altered: ${step.altered.join(', ')}`
  return [...changes, `settled in ${formatMs(step.settleMs)}, ${altered}`]
}

function attemptEvidence(attempt: Attempt): string[] {
  const since = `${formatMs(attempt.sinceChangeMs)} after the change`
  const exit = attempt.exitCode === undefined ? '' : `, exit ${attempt.exitCode}`
  return [
    `#${attempt.n} ${attempt.at}, ${since}, took ${formatMs(attempt.ms)}${exit}: ${attemptText(attempt)}`,
    `  command:    ${attempt.command}`,
    ...optional('fate', fateText(attempt)),
    ...optional('wire', attempt.wireEvidence),
    ...optional('server log', attempt.serverLog && JSON.stringify(attempt.serverLog)),
    ...optional('client log', attempt.clientLog && JSON.stringify(attempt.clientLog)),
    ...optional('body', attempt.body && JSON.stringify(attempt.body)),
  ]
}

function fateText(attempt: Attempt): string | undefined {
  switch (attempt.fate.kind) {
    case 'counted':
      return undefined
    case 'stale':
      return `stale, never judged: ${attempt.fate.reason}`
    case 'void':
      return `void: ${formatCause(attempt.fate.cause)}`
  }
}

function optional(label: string, text: string | undefined): string[] {
  return text ? [`  ${`${label}:`.padEnd(11)} ${text}`] : []
}
