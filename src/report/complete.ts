import {
  type Cause,
  type CellResult,
  type RunResult,
  type ScenarioResult,
  type StepResult,
  type Verdict,
  worstVerdict,
} from '../run/result.ts'
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
  return { ...result, scenarios, ...judge(result, scenarios, result.interrupted ? INTERRUPTED : unexplained('run', result.verdict)) }
}

const INTERRUPTED: Cause = { code: 'interrupted', message: 'the run was interrupted' }

function completeScenario(result: ScenarioResult, outer: readonly Cause[]): ScenarioResult {
  const reasons = [...result.causes, ...outer]
  const planned = result.scenario.steps.map((step) => {
    const done = result.steps.find((one) => one.index === step.index)
    return done ? completeStep(done, step, reasons) : blankStep(step, reasons)
  })
  const others = result.steps.filter((one) => !result.scenario.steps.some((step) => step.index === one.index))
  const steps = [...planned, ...others]
  return { ...result, steps, ...judge(result, steps, unexplained('scenario', result.verdict)) }
}

function completeStep(result: StepResult, step: Step, outer: readonly Cause[]): StepResult {
  const reasons = [...result.causes, ...outer]
  const meant = step.cells.filter(({ id }) => !result.leftOut?.some(({ cell }) => cell.id === id))
  const planned = meant.map((cell) => result.cells.find((one) => one.cell.id === cell.id) ?? notAsked(cell, reasons))
  const others = result.cells.filter((one) => !step.cells.some((cell) => cell.id === one.cell.id))
  const cells = [...planned, ...others]
  return { ...result, cells, ...judge(result, cells, unexplained('step', result.verdict)) }
}

interface Judged {
  readonly verdict: Verdict
  readonly causes: readonly Cause[]
}

/**
 * A whole is never better than its parts and its causes. Where it is worse than its parts and names no cause, `otherwise` becomes one:
 * a red that nobody can see is a lost one.
 */
function judge(whole: Judged, parts: readonly { readonly verdict: Verdict }[], otherwise: Cause): Judged {
  const fromParts = worstVerdict(parts.map((part) => part.verdict))
  const fromCauses: Verdict = whole.causes.length > 0 ? 'inconclusive' : 'pass'
  const verdict = worstVerdict([whole.verdict, fromParts, fromCauses])
  return { verdict, causes: whole.causes.length === 0 && verdict !== fromParts ? [otherwise] : whole.causes }
}

function unexplained(what: string, verdict: Verdict): Cause {
  return { code: 'unexplained-verdict', message: `the ${what} is marked ${verdict} and gives no reason` }
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
