import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, inject, type TestContext } from 'vitest'
import { keepCells } from '../cli/keep-cells.ts'
import { nothingEstablished } from '../cli/nothing-established.ts'
import { EXIT, formatError, MeshproofError } from '../error.ts'
import { connect } from '../kube/connect.ts'
import { completeRun } from '../report/complete.ts'
import { formatCause } from '../report/sentence.ts'
import type { CellResult, RunResult } from '../run/result.ts'
import { newRunId, runScenarios } from '../run/run.ts'
import { loadScenarios } from '../scenario/load.ts'
import type { Scenario } from '../scenario/model.ts'
import { causesFault, cellFault, errorAt } from './fault.ts'

type Tests = (context: TestContext) => Promise<void>

interface ScenarioTests {
  /** What went wrong outside any step. */
  readonly whole: Tests
  /** What went wrong with a step and is no cell's: a missing warning, an apply that was refused. */
  step(index: number): Tests
  cell(id: string): Tests
}

/** The longest that a run may take to clean up after its end was asked for, in milliseconds. */
const CLEANUP_MS = 60_000

/** The tests of one scenario file. The first of them that runs starts the scenario, once, with the cells that were selected. */
export async function openScenario(file: string): Promise<ScenarioTests> {
  const { scenarios } = await loadScenarios([file])
  const [scenario] = scenarios
  if (!scenario) throw new MeshproofError({ code: 'no-scenario', message: `${file} is no scenario that can run` })
  const stop = new AbortController()
  let running: Promise<RunResult> | undefined
  let reported = false
  const report = (context: TestContext, fault: ReturnType<typeof cellFault>): void => {
    if (!fault) return
    reported = true
    Object.assign(context.task.meta, { verdict: fault.verdict })
    throw fault.error
  }

  const result = (context: TestContext): Promise<RunResult> => {
    context.signal.addEventListener('abort', () => stop.abort(context.signal.reason), { once: true })
    running ??= run(selected(scenario, context.task.file.tasks), stop.signal)
    return running.catch((error: unknown) => {
      if (!(error instanceof MeshproofError)) throw error
      Object.assign(context.task.meta, { verdict: 'usage' })
      throw errorAt('Refused', formatError(error), error.where ?? scenario.where)
    })
  }

  // Also after a test that was cut off: the run has cleaned up before the next file begins.
  afterAll(async () => {
    stop.abort(new MeshproofError({ code: 'interrupted', message: 'its tests have ended' }))
    const done = await running?.catch(() => undefined)
    // A step before the selected cells that went wrong has no test of its own, and is no green run for it.
    if (!done || done.verdict === 'pass' || done.interrupted || reported) return
    const causes = [...done.causes, ...done.scenarios.flatMap((one) => [...one.causes, ...one.steps.flatMap((step) => step.causes)])]
    throw errorAt('Inconclusive', `no selected test shows it: ${causes.map(formatCause).join('; ')}`, scenario.where)
  }, CLEANUP_MS)

  return {
    whole: async (context) => {
      const { causes, scenarios: done } = await result(context)
      report(context, causesFault([...causes, ...done.flatMap((one) => one.causes)], scenario.where))
    },
    step: (index) => async (context) => {
      const done = await result(context)
      const step = done.scenarios.flatMap((one) => one.steps).find((one) => one.index === index)
      const planned = scenario.steps[index]
      if (!step || !planned) throw new MeshproofError({ code: 'not-asked', message: `the run knows nothing of step ${index + 1}` })
      // A step that was never begun has no cause of its own, and is no pass for it.
      const begun =
        step.leftOut !== undefined || step.causes.length > 0 || step.settleMs > 0 || step.cells.some(({ attempts }) => attempts.length > 0)
      const outer = begun ? [] : [...done.causes, ...done.scenarios.flatMap(({ causes }) => causes)]
      report(context, causesFault([...step.causes, ...outer], planned.where, step))
    },
    cell: (id) => async (context) => {
      const steps = (await result(context)).scenarios.flatMap((one) => one.steps)
      const cells = steps.flatMap((step) => step.cells)
      const left = steps.flatMap(({ leftOut = [] }) => leftOut).find((one) => one.cell.id === id)
      if (left) context.skip(left.reason)
      const cell: CellResult | undefined = cells.find((one) => one.cell.id === id)
      if (!cell) throw new MeshproofError({ code: 'not-asked', message: `the run knows nothing of the cell ${id}` })
      report(context, cellFault(cell))
    },
  }
}

/** Runs it and leaves the result where the reports are made. */
async function run(scenario: Scenario, signal: AbortSignal): Promise<RunResult> {
  const { context, kubeconfig, mesh, allowMeshWide, parts } = inject('meshproof')
  const runId = newRunId()
  const begun = new Date()
  const start = async () => {
    const cluster = await connect({ context, kubeconfig, signal })
    return runScenarios({ cluster, mesh, scenarios: [scenario], runId, signal, allowMeshWide, emit: () => undefined })
  }
  const done = await start().catch((error: unknown) => {
    // A refusal to run is no verdict; any other known fault is the cause of every cell that it kept from being asked.
    if (error instanceof MeshproofError ? error.exit === EXIT.usage : !signal.aborted) throw error
    return nothingEstablished(error, { begun, runId, interrupted: signal.aborted })
  })
  const whole = completeRun(done, [scenario])
  await writeFile(join(parts, `${scenario.id}.json`), JSON.stringify(whole))
  return whole
}

interface Task {
  readonly name: string
  readonly mode: string
  readonly location?: { readonly line: number; readonly column: number } | undefined
  readonly tasks?: readonly Task[]
}

/** The cells whose tests were not left out. With only the tests of a whole selected, there is nothing to leave out. */
function selected(scenario: Scenario, tasks: readonly Task[]): Scenario {
  const chosen = new Set<string>()
  for (const [index, suite] of tasks.filter((task) => task.tasks).entries()) {
    // The first test of a step is that of the step as a whole; the others are its cells, in their order.
    for (const [at, test] of (suite.tasks ?? []).slice(1).entries()) {
      const cell = inFileOrder(scenario, index)[at]
      if (cell && test.mode !== 'skip') chosen.add(cell.id)
    }
  }
  return chosen.size === 0 ? scenario : keepCells(scenario, ({ id }) => chosen.has(id))
}

function inFileOrder(scenario: Scenario, step: number): Scenario['steps'][number]['cells'] {
  return (scenario.steps[step]?.cells ?? []).toSorted((a, b) => a.where.line - b.where.line)
}
