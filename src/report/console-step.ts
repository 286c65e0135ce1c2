import type { Cause, CellResult, ScenarioResult, StepResult, Verdict } from '../run/result.ts'
import type { Scenario } from '../scenario/model.ts'
import { askedBy, formatAsked } from './asked.ts'
import { causeVerdict } from './checks.ts'
import { formatMs, plural } from './duration.ts'
import { cellEvidence, changeEvidence } from './evidence.ts'
import type { Look } from './look.ts'
import { explainCell, formatCause } from './sentence.ts'
import { renderTables } from './table.ts'

/** How much is shown: `quiet` only what is not a pass, `verbose` everything. */
export interface Detail {
  readonly look: Look
  readonly verbose: boolean
  readonly quiet: boolean
  readonly width?: number | undefined
}

/** The line over a scenario's steps. */
export function scenarioLines(scenario: Scenario, look: Look): string[] {
  return [`${look.bold(scenario.title)} ${look.dim(scenario.where.file)}`]
}

/** One step that ended: its line, the tables where they differ, and a sentence for each cell that is not a pass. */
export function stepLines(step: StepResult, detail: Detail): string[] {
  const { look, verbose, quiet, width } = detail
  if (quiet && step.verdict === 'pass') return []
  // The end of the run counts what was never asked, by reason; hundreds of sentences of one reason would bury what was.
  if (!verbose && step.causes.length === 0 && step.cells.length > 0 && step.cells.every(isUnasked)) return []
  const changes = verbose ? changeEvidence(step).map(look.dim) : []
  const tables = renderTables(step.cells, {
    look,
    differingOnly: !verbose,
    ...(width === undefined ? {} : { width: width - INDENT.length }),
  })
  const told = step.cells.filter((cell) => verbose || (cell.verdict !== 'pass' && !isUnasked(cell)))
  const cells = told.flatMap((cell) => [
    `${mark(look, cell.verdict)} ${explainCell(cell)}`,
    ...(verbose ? cellEvidence(cell).map((line) => look.dim(`    ${line}`)) : []),
  ])
  const missed = verbose ? (step.leftOut ?? []).map(({ cell, reason }) => look.dim(`${formatAsked(askedBy(cell))}: ${reason}`)) : []
  const below = [...changes, ...missed, ...causeLines(step.causes, causeVerdict(step.verdict, step.cells), look), ...tables, ...cells]
  return [headline(step, look), ...below.map((line) => `${INDENT}${line}`)]
}

/** What went wrong with a scenario as a whole; nothing where nothing did. */
export function scenarioEndLines(result: ScenarioResult, look: Look): string[] {
  return causeLines(result.causes, causeVerdict(result.verdict, result.steps), look).map((line) => `  ${line}`)
}

/** Causes that belong to no cell; see `causeVerdict`. */
export function causeLines(causes: readonly Cause[], verdict: Verdict, look: Look): string[] {
  return causes.map((cause) => `${mark(look, verdict)} ${formatCause(cause)}`)
}

const INDENT = '      '

function isUnasked({ cause }: CellResult): boolean {
  return cause?.code === 'not-asked'
}

function headline(step: StepResult, look: Look): string {
  const passed = step.cells.filter((cell) => cell.verdict === 'pass').length
  const stale = step.cells.flatMap((cell) => cell.attempts).filter((attempt) => attempt.fate.kind === 'stale').length
  const facts = [
    ...(step.cells.length === 0
      ? []
      : [passed === step.cells.length ? plural(passed, 'cell') : `${passed} of ${plural(step.cells.length, 'cell')} as declared`]),
    ...(step.changes.length === 0 ? [] : [`settled ${formatMs(step.settleMs)}`]),
    ...(step.timeToEnforceMs === undefined ? [] : [`enforced ${formatMs(step.timeToEnforceMs)}`]),
    ...(stale === 0 ? [] : [plural(stale, 'stale answer')]),
    ...(step.leftOut && step.leftOut.length > 0 ? [`${plural(step.leftOut.length, 'cell')} not for this version`] : []),
    formatMs(step.ms),
  ]
  return `  ${mark(look, step.verdict)} ${step.index + 1}. ${step.title} ${look.dim(`· ${facts.join(' · ')}`)}`
}

function mark(look: Look, verdict: Verdict): string {
  return look.paint(verdict, look.glyph[verdict])
}
