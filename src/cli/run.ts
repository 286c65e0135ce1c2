import { EXIT, type ExitCode, formatError, MeshproofError, worstExit } from '../error.ts'
import { type MultiReporter, multiReporter } from '../report/multi-reporter.ts'
import { clearResults, createReporters } from '../report/reporters.ts'
import type { RunEvent } from '../run/events.ts'
import type { RunResult } from '../run/result.ts'
import { newRunId, runScenarios } from '../run/run.ts'
import type { Scenario } from '../scenario/model.ts'
import { withProgress } from './console.ts'
import { nothingEstablished } from './nothing-established.ts'
import { type ReachOptions, reachMesh } from './reach-mesh.ts'
import { selectScenarios } from './select-scenarios.ts'
import { showProblems } from './show-problems.ts'
import { verdictExit } from './verdict-exit.ts'

interface RunCommand extends Omit<ReachOptions, 'progress'> {
  readonly keep: boolean
  readonly allowMeshWide: boolean
  readonly verbose: boolean
  readonly quiet: boolean
  /** Folder of the results. */
  readonly results: string
}

/** `meshproof run`: scenario problems first, before any cluster is touched; then the mesh, the scenarios, the reports. */
export async function runCommand(args: readonly string[], options: RunCommand): Promise<ExitCode> {
  const { scenarios, problems } = await selectScenarios(args)
  if (showProblems(problems)) return EXIT.usage
  const { verbose, quiet, results } = options
  await clearResults(results)
  const { stdout: stream, env } = process
  const reporter = multiReporter(createReporters({ dir: results, stream, env, verbose, quiet }), process.stderr)
  const runId = newRunId()
  const result = await withMesh(options, { scenarios, runId, reporter })
  await reporter.end()
  return worstExit([verdictExit(result), reporter.exit()])
}

interface Running {
  readonly scenarios: readonly Scenario[]
  readonly runId: string
  readonly reporter: MultiReporter
}

async function withMesh(options: RunCommand, running: Running): Promise<RunResult> {
  const { scenarios, runId, reporter } = running
  const { signal, allowMeshWide } = options
  const begun = new Date()
  let reached: Awaited<ReturnType<typeof reachMesh>> | undefined
  try {
    reached = await withProgress((progress) => reachMesh({ ...options, progress }))
    const { cluster, mesh } = reached
    return await runScenarios({ cluster, mesh, scenarios, runId, signal, allowMeshWide, emit: held((event) => reporter.onEvent(event)) })
  } catch (error) {
    if (error instanceof MeshproofError && error.exit === EXIT.usage) throw error
    // Also a fault of our own: it is shown with its stack, and every planned cell is in the reports all the same.
    process.stderr.write(`${formatError(error)}\n`)
    const result = nothingEstablished(error, { begun, runId, interrupted: signal.aborted, mesh: reached?.mesh })
    reporter.onEvent({ kind: 'run-start', id: runId, scenarios, mesh: reached?.mesh })
    reporter.onEvent({ kind: 'run-end', result })
    return result
  } finally {
    if (reached && !options.keep) await withProgress(reached.release)
  }
}

/** Keeps a run's start back until something follows it, so that a run that was refused before it began is no run in the reports. */
function held(emit: (event: RunEvent) => void): (event: RunEvent) => void {
  let start: RunEvent | undefined
  return (event) => {
    if (event.kind === 'run-start') {
      start = event
      return
    }
    if (start) emit(start)
    start = undefined
    emit(event)
  }
}
