import type { Where } from '../error.ts'
import {
  type Cause,
  type CellResult,
  type RunResult,
  type ScenarioResult,
  type StepResult,
  type Verdict,
  worstVerdict,
} from '../run/result.ts'
import { formatCell } from '../scenario/format.ts'

/** One thing that is green or red in a report: a cell, or what went wrong with a step, a scenario or the run as a whole. */
export interface Check {
  readonly name: string
  readonly verdict: Verdict
  readonly where?: Where | undefined
  readonly step?: StepResult | undefined
  readonly cell?: CellResult | undefined
  readonly cause?: Cause | undefined
}

/** How many checks ended how. */
export type Counts = Readonly<Record<Verdict, number>>

/** The checks of one scenario, in the order of its file. A step with neither cells nor causes is one check, so an admission test is seen. */
export function scenarioChecks(result: ScenarioResult): Check[] {
  const checks = result.steps.flatMap((step) => stepChecks(result, step))
  const verdict = causeVerdict(result.verdict, result.steps)
  const own = result.causes.map((cause) => ({
    name: `${result.scenario.title}: ${cause.code}`,
    verdict,
    where: result.scenario.where,
    cause,
  }))
  return [...checks, ...own]
}

/** The causes of the run as a whole. */
export function runChecks(result: RunResult): Check[] {
  const verdict = causeVerdict(result.verdict, result.scenarios)
  return result.causes.map((cause) => ({ name: `run: ${cause.code}`, verdict, cause }))
}

/** All checks of a run, as the closing line counts them. */
export function countChecks(result: RunResult): Counts {
  return count([...result.scenarios.flatMap(scenarioChecks), ...runChecks(result)].map((check) => check.verdict))
}

/** The cells alone. */
export function countCells(result: RunResult): Counts {
  const cells = result.scenarios.flatMap((one) => one.steps.flatMap((step) => step.cells))
  return count(cells.map((cell) => cell.verdict))
}

function stepChecks(scenario: ScenarioResult, step: StepResult): Check[] {
  const where = scenario.scenario.steps.find((one) => one.index === step.index)?.where ?? scenario.scenario.where
  const title = `step ${step.index + 1}, ${step.title}`
  const names = step.cells.map((result) => formatCell(result.cell))
  const cells = step.cells.map((cell, index) => {
    const name = names[index] ?? cell.cell.id
    // Readers of JUnit files take cases of one name for one case; cells that differ only in headers get their id.
    const unique = names.filter((other) => other === name).length === 1
    return {
      name: unique ? name : `${name} (${cell.cell.id})`,
      verdict: cell.verdict,
      where: cell.cell.where,
      step,
      cell,
      cause: cell.cause,
    }
  })
  const verdict = causeVerdict(step.verdict, step.cells)
  const causes = step.causes.map((cause) => ({ name: `${title}: ${cause.code}`, verdict, where, step, cause }))
  // A step that is not for these versions was not done.
  if (cells.length + causes.length === 0) return step.leftOut ? [] : [{ name: title, verdict: step.verdict, where, step }]
  return [...cells, ...causes]
}

/** A cause carries no verdict of its own: it is a failure where only it can have made the whole one, else inconclusive. */
export function causeVerdict(whole: Verdict, parts: readonly { readonly verdict: Verdict }[]): Exclude<Verdict, 'pass'> {
  return whole === 'fail' && worstVerdict(parts.map((part) => part.verdict)) !== 'fail' ? 'fail' : 'inconclusive'
}

function count(verdicts: readonly Verdict[]): Counts {
  const of = (verdict: Verdict) => verdicts.filter((one) => one === verdict).length
  return { pass: of('pass'), fail: of('fail'), inconclusive: of('inconclusive') }
}
