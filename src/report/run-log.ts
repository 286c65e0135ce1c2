import type { RunEvent } from '../run/events.ts'
import { harnessNow } from '../run/harness.ts'
import { type Cause, type RunResult, type ScenarioResult, type StepResult, worstVerdict } from '../run/result.ts'
import type { Scenario } from '../scenario/model.ts'
import { completeRun } from './complete.ts'

/** Keeps what a run says, so that a reporter has a whole result at its end, even of a run that broke off without giving one. */
interface RunLog {
  onEvent(event: RunEvent): void
  /** Undefined before the run has begun. */
  result(): RunResult | undefined
}

export function runLog(): RunLog {
  let start: { id: string; scenarios: readonly Scenario[]; mesh?: RunResult['mesh']; at: Date } | undefined
  let given: RunResult | undefined
  const steps = new Map<string, StepResult[]>()
  const ended = new Map<string, ScenarioResult>()

  const scenarioSoFar = (scenario: Scenario): ScenarioResult[] => {
    const done = ended.get(scenario.id)
    if (done) return [done]
    const some = steps.get(scenario.id)
    if (!some) return []
    return [{ scenario, verdict: worstVerdict(some.map((step) => step.verdict)), steps: some, causes: [], ms: 0 }]
  }

  return {
    onEvent(event) {
      if (event.kind === 'run-start') start = { id: event.id, scenarios: event.scenarios, mesh: event.mesh, at: new Date() }
      if (event.kind === 'step-end') steps.set(event.scenario.id, [...(steps.get(event.scenario.id) ?? []), event.result])
      if (event.kind === 'scenario-end') ended.set(event.scenario.id, event.result)
      if (event.kind === 'run-end') given = event.result
    },
    result() {
      if (given) return completeRun(given, start?.scenarios ?? [])
      if (!start) return undefined
      const broken: RunResult = {
        id: start.id,
        startedAt: start.at.toISOString(),
        ms: Date.now() - start.at.getTime(),
        mesh: start.mesh,
        verdict: 'inconclusive',
        interrupted: false,
        scenarios: start.scenarios.flatMap(scenarioSoFar),
        causes: [BROKE_OFF],
        harness: harnessNow(),
      }
      return completeRun(broken, start.scenarios)
    },
  }
}

const BROKE_OFF: Cause = { code: 'run-broke-off', message: 'the run ended without giving its result' }
