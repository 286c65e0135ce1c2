import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TestProject } from 'vitest/node'
import { withProgress } from '../cli/console.ts'
import { nothingEstablished } from '../cli/nothing-established.ts'
import { reachMesh } from '../cli/reach-mesh.ts'
import { EXIT, MeshproofError } from '../error.ts'
import type { Mesh } from '../mesh/types.ts'
import { multiReporter } from '../report/multi-reporter.ts'
import { clearResults, createReporters } from '../report/reporters.ts'
import type { RunResult } from '../run/result.ts'
import { newRunId } from '../run/run.ts'
import { loadScenarios } from '../scenario/load.ts'
import type { Scenario } from '../scenario/model.ts'
import { formatProblem } from '../scenario/problem.ts'
import { reportParts } from './report-parts.ts'
import { readSettings } from './settings.ts'

declare module 'vitest' {
  interface ProvidedContext {
    meshproof: {
      readonly context: string
      readonly kubeconfig: string
      readonly mesh: Mesh
      readonly allowMeshWide: boolean
      /** Folder for one result a scenario. */
      readonly parts: string
    }
  }
}

const RESULTS = 'test-results'

/** Brings a mesh up where there is none, before the first scenario; removes what it made and writes the reports after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const begun = new Date()
  const { scenarios, problems } = await loadScenarios([])
  if (problems.some(({ severity }) => severity === 'error')) {
    throw new MeshproofError({ code: 'scenario-invalid', message: problems.map(formatProblem).join('\n\n'), exit: EXIT.usage })
  }
  await clearResults(RESULTS)
  const settings = readSettings(process.env)
  const reached = await interruptible((signal) => withProgress((progress) => reachMesh({ ...settings, signal, progress }))).catch(
    async (error: unknown) => {
      await reportNothing(error, scenarios, begun)
      throw error
    },
  )
  const parts = await mkdtemp(join(tmpdir(), 'meshproof-results-'))
  const { context, kubeconfig } = reached.mesh
  project.provide('meshproof', { context, kubeconfig, mesh: reached.mesh, allowMeshWide: settings.allowMeshWide, parts })
  return async () => {
    try {
      const files = (await readdir(parts)).sort()
      const results = await Promise.all(files.map(async (file) => JSON.parse(await readFile(join(parts, file), 'utf8')) as RunResult))
      const planned = plannedScenarios(project, scenarios)
      if (results.length > 0) await reportParts(results, planned, RESULTS)
      else if (planned.length > 0) await reportNothing(NEVER_BEGUN, planned, begun)
    } finally {
      await rm(parts, { recursive: true, force: true })
      await withProgress(reached.release)
    }
  }
}

const NEVER_BEGUN = new MeshproofError({ code: 'interrupted', message: 'the tests ended before any scenario ran', exit: EXIT.interrupted })

/** Those whose files vitest set out to run. A pattern may leave all tests of a file out, and then nobody knows whether it was to run. */
function plannedScenarios({ vitest }: TestProject, scenarios: readonly Scenario[]): Scenario[] {
  if (vitest.config.testNamePattern) return []
  const paths = new Set(vitest.state.getPaths())
  return scenarios.filter(({ where }) => paths.has(resolve(where.file)))
}

/** No mesh, no test; every planned cell is in the reports all the same. A refusal to run is no run. */
async function reportNothing(error: unknown, scenarios: readonly Scenario[], begun: Date): Promise<void> {
  const exit = error instanceof MeshproofError ? error.exit : undefined
  if (exit === EXIT.usage) return
  const result = nothingEstablished(error, { begun, runId: newRunId(), interrupted: exit === EXIT.interrupted })
  const reporter = multiReporter(createReporters({ dir: RESULTS, stream: process.stdout, env: process.env }), process.stderr)
  reporter.onEvent({ kind: 'run-start', id: result.id, scenarios })
  reporter.onEvent({ kind: 'run-end', result })
  await reporter.end()
}

/** Vitest stops nothing that runs before its tests. */
async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const onSignal = () => stop.abort(new MeshproofError({ code: 'interrupted', message: 'interrupted', exit: EXIT.interrupted }))
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  try {
    return await work(stop.signal)
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}
