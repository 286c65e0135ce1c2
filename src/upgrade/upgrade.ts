import { EXIT, MeshproofError } from '../error.ts'
import type { Cluster } from '../kube/cluster.ts'
import { writeMeshRecord } from '../mesh/mesh-record.ts'
import type { Artifacts, Mesh, Progress, Tools } from '../mesh/types.ts'
import type { Reporter } from '../run/events.ts'
import type { Cause, RunResult } from '../run/result.ts'
import { newRunId, runScenarios } from '../run/run.ts'
import { causeOf } from '../run/run-step.ts'
import type { Scenario } from '../scenario/model.ts'
import { type BothLines, proxyImage } from './both-lines.ts'
import { type Journal, openJournal } from './journal.ts'
import { movingOrder } from './mesh-namespaces.ts'
import { moveInPlace } from './move-in-place.ts'
import { restartProxies } from './restart-proxies.ts'
import type { LineFacts, MeshState, StateRun, Strategy, UpgradeResult } from './types.ts'

export interface UpgradeOptions {
  readonly cluster: Cluster
  /** As it is now, with the old line. */
  readonly mesh: Mesh
  readonly lines: BothLines
  readonly tools: Tools
  readonly scenarios: readonly Scenario[]
  readonly strategy: Strategy
  /** Goes back to the old line at the end, and proves it again. */
  readonly rollback: boolean
  readonly signal: AbortSignal
  readonly progress: Progress
  /** The reporter of the run in a state; its end is awaited before anything else is done. */
  readonly reporterFor: (state: MeshState) => Reporter
}

/**
 * Validates an upgrade on a mesh that is up: all scenarios before it, in each mixed state and after it. Never throws but for a fault
 * of usage: what kept it from its end stands in the result.
 */
export async function upgrade(options: UpgradeOptions): Promise<UpgradeResult> {
  const { lines, strategy, signal, progress } = options
  const startedAt = new Date()
  const begun = performance.now()
  const journal = openJournal(progress)
  const runs: StateRun[] = []
  const causes: Cause[] = []
  try {
    await go({ ...options, journal, runs })
  } catch (error) {
    if (error instanceof MeshproofError && error.exit === EXIT.usage) throw error
    causes.push(signal.aborted ? { code: 'interrupted', message: 'the upgrade was interrupted' } : causeOf(error))
  }
  return {
    id: newRunId(),
    startedAt: startedAt.toISOString(),
    ms: performance.now() - begun,
    strategy,
    from: factsOf(lines.from),
    to: factsOf(lines.to),
    imageSource: lines.from.source,
    runs,
    events: journal.events,
    causes,
    interrupted: signal.aborted,
  }
}

interface Going extends UpgradeOptions {
  readonly journal: Journal
  readonly runs: StateRun[]
}

async function go(options: Going): Promise<void> {
  const { cluster, mesh, lines, tools, scenarios, journal, signal } = options
  const before = await prove('before', mesh, options)
  if (before.verdict !== 'pass') {
    throw new MeshproofError({
      code: 'before-not-green',
      message: `the mesh is not as declared before the upgrade already, so that the upgrade was not begun`,
      next: 'meshproof run until it is green; then upgrade',
    })
  }
  const order = await movingOrder(cluster, scenarios, signal)
  const image = proxyImage(lines.to)
  const move = (namespaces: readonly string[]) =>
    journal.during({ kind: 'rollout', title: `proxies of ${namespaces.join(', ')}` }, () =>
      restartProxies({ cluster, namespaces, image, signal }),
    )
  const common = { cluster, kubeconfig: mesh.kubeconfig, tools, journal, signal }
  await moveInPlace({ ...common, artifacts: lines.to, base: true })
  const { istioVersion, proxyBuild } = lines.to
  await prove('control-plane', { ...mesh, istioVersion }, options)
  if (order.first !== '') await move([order.first])
  await prove('half-moved', { ...mesh, istioVersion, proxyBuild: `${proxyBuild} in ${order.first}, else ${mesh.proxyBuild}` }, options)
  if (order.others.length > 0) await move(order.others)
  await record(options, lines.to)
  await prove('after', { ...mesh, istioVersion, proxyBuild }, options)
}

/** Runs all scenarios in a state of the mesh. */
async function prove(state: MeshState, mesh: Mesh, { cluster, scenarios, journal, runs, signal, reporterFor }: Going): Promise<RunResult> {
  const reporter = reporterFor(state)
  const result = await journal.during({ kind: 'run', title: state }, () =>
    runScenarios({ cluster, mesh, scenarios, runId: newRunId(), signal, emit: (event) => reporter.onEvent(event) }),
  )
  await reporter.end?.()
  runs.push({ state, result })
  signal.throwIfAborted()
  return result
}

/** What later commands on a kept cluster read. */
async function record({ cluster, mesh, signal }: Going, { line, source, istioVersion, proxyBuild }: Artifacts): Promise<void> {
  const { clusterName, images } = mesh
  const created = new Date().toISOString()
  await writeMeshRecord(cluster, { line, source, istioVersion, proxyBuild, clusterName, created, images: [...images] }, signal)
}

function factsOf({ line, istioVersion, proxyBuild }: Artifacts): LineFacts {
  return { line, istioVersion, proxyBuild }
}
