import { type Cause, type CellResult, type RunResult, type ScenarioResult, type StepResult, worstVerdict } from '../run/result.ts'
import type { Scenario, Step } from '../scenario/model.ts'

/**
 * A run with every planned cell in it: what was never asked is inconclusive with the reason, and nothing red is without one.
 * All reports are made from this, so none of them can leave out what did not happen.
 */
export function completeRun(result: RunResult, planned: readonly Scenario[]): RunResult {
  const known = result.scenarios.map((one) => one.scenario.id)
  const reasons = result.interrupted ? [...result.causes, INTERRUPTED] : result.causes
  const missing = planned.filter((scenario) => !known.includes(scenario.id)).map(blankScenario)
  const scenarios = [...result.scenarios, ...missing].map((one) => completeScenario(one, reasons))
  const verdicts = scenarios.map((one) => one.verdict)
  const causes = explained(result, result.interrupted || verdicts.some((verdict) => verdict !== 'pass'), 'run')
  return { ...result, scenarios, causes, verdict: worstVerdict([result.verdict, ...verdicts]) }
}

const INTERRUPTED: Cause = { code: 'interrupted', message: 'the run was interrupted' }

function completeScenario(result: ScenarioResult, outer: readonly Cause[]): ScenarioResult {
  const reasons = [...result.causes, ...outer]
  const steps: StepResult[] = []
  for (const step of result.scenario.steps) {
    const done = result.steps.find((one) => one.index === step.index)
    steps.push(done ? completeStep(done, step, reasons) : blankStep(step, reasons))
  }
  const verdicts = steps.map((one) => one.verdict)
  const causes = explained(
    result,
    verdicts.some((verdict) => verdict !== 'pass'),
    'scenario',
  )
  return { ...result, steps, causes, verdict: worstVerdict([result.verdict, ...verdicts]) }
}

function completeStep(result: StepResult, step: Step, outer: readonly Cause[]): StepResult {
  const reasons = [...result.causes, ...outer]
  const cells = step.cells.map((cell) => result.cells.find((one) => one.cell.id === cell.id) ?? notAsked(cell, reasons))
  const verdicts = cells.map((one) => one.verdict)
  const causes = explained(
    result,
    verdicts.some((verdict) => verdict !== 'pass'),
    'step',
  )
  return { ...result, cells, causes, verdict: worstVerdict([result.verdict, ...verdicts]) }
}

function blankScenario(scenario: Scenario): ScenarioResult {
  return { scenario, verdict: 'inconclusive', steps: [], causes: [], ms: 0 }
}

function blankStep(step: Step, reasons: readonly Cause[]): StepResult {
  const cells = step.cells.map((cell) => notAsked(cell, reasons))
  const causes = cells.length === 0 ? [notAskedCause(reasons)] : []
  return { index: step.index, title: step.title, verdict: 'inconclusive', changes: [], settleMs: 0, altered: [], cells, causes, ms: 0 }
}

function notAsked(cell: CellResult['cell'], reasons: readonly Cause[]): CellResult {
  return { cell, verdict: 'inconclusive', cause: notAskedCause(reasons), attempts: [] }
}

function notAskedCause(reasons: readonly Cause[]): Cause {
  return { code: 'not-asked', message: reasons[0] ? `${reasons[0].message} [${reasons[0].code}]` : 'the run ended before it came to this' }
}

/** Adds a cause where a verdict is red though neither its parts nor its causes say why: a red that nobody can see is a lost one. */
function explained(whole: { verdict: string; causes: readonly Cause[] }, redParts: boolean, what: string): readonly Cause[] {
  if (whole.verdict === 'pass' || whole.causes.length > 0 || redParts) return whole.causes
  return [{ code: 'unexplained-verdict', message: `the ${what} is marked ${whole.verdict} and gives no reason` }]
}
