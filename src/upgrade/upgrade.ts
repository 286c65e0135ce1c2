import { setTimeout as pause } from 'node:timers/promises'
import { EXIT, MeshproofError } from '../error.ts'
import type { Cluster } from '../kube/cluster.ts'
import { writeMeshRecord } from '../mesh/mesh-record.ts'
import type { Artifacts, Mesh, Progress, Tools } from '../mesh/types.ts'
import { causeOf } from '../run/cause-of.ts'
import type { Reporter } from '../run/events.ts'
import type { Cause, RunResult } from '../run/result.ts'
import { newRunId, runScenarios } from '../run/run.ts'
import type { Scenario } from '../scenario/model.ts'
import type { BothLines } from './both-lines.ts'
import { canaryWay } from './canary-way.ts'
import { ContinuousPart } from './continuous.ts'
import { inPlaceWay } from './in-place-way.ts'
import { type Journal, openJournal } from './journal.ts'
import { movingOrder } from './mesh-namespaces.ts'
import type { StandingSet } from './standing-set.ts'
import type { LineFacts, MeshState, StateRun, Strategy, UpgradeResult } from './types.ts'
import { untilConnected } from './until-connected.ts'

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
  /** How many questions of allowed pairs may go unserved. */
  readonly allowLoss: number
  readonly set: StandingSet
  readonly signal: AbortSignal
  readonly progress: Progress
  /** The reporter of the run in a state; its end is awaited before anything else is done. */
  readonly reporterFor: (state: MeshState) => Reporter
}

/** Two periods of the kubelets' look at the counters, milliseconds. */
const BASELINE_MS = 20_000

/**
 * Validates an upgrade on a mesh that is up: all scenarios before it, in each mixed state and after it. Never throws but for a fault
 * of usage: what kept it from its end stands in the result.
 */
export async function upgrade(options: UpgradeOptions): Promise<UpgradeResult> {
  const { cluster, set, lines, strategy, allowLoss, signal, progress } = options
  const startedAt = new Date()
  const begun = performance.now()
  const journal = openJournal(progress)
  const runs: StateRun[] = []
  const causes: Cause[] = []
  const part = new ContinuousPart({ cluster, set, runId: newRunId(), signal, progress })
  try {
    await go({ ...options, journal, runs, part })
  } catch (error) {
    if (error instanceof MeshproofError && error.exit === EXIT.usage) throw error
    causes.push(signal.aborted ? { code: 'interrupted', message: 'the upgrade was interrupted' } : causeOf(error))
    // What was asked until then is told all the same.
    if (!signal.aborted) await part.pause().catch((fault: unknown) => causes.push(causeOf(fault)))
  } finally {
    await part.close()
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
    continuous: part.begun ? part.result() : undefined,
    allowLoss,
    causes,
    interrupted: signal.aborted,
  }
}

interface Going extends UpgradeOptions {
  readonly part: ContinuousPart
  readonly journal: Journal
  readonly runs: StateRun[]
}

async function go(options: Going): Promise<void> {
  const { cluster, mesh, set, part, lines, scenarios, journal, strategy, rollback, signal } = options
  const before = await prove('before', mesh, options)
  if (before.verdict !== 'pass') {
    throw new MeshproofError({
      code: 'before-not-green',
      message: 'the mesh is not as declared before the upgrade already, so that the upgrade was not begun',
      next: 'meshproof run until it is green; then upgrade',
    })
  }
  const own = set.namespaces.map(({ name }) => name)
  const { first, others } = await movingOrder(cluster, scenarios, { except: own, signal })
  const [one = '', ...rest] = set.namespaces.filter((namespace) => namespace.mesh).map(({ name }) => name)
  const way = WAYS[strategy]({ ...options, kubeconfig: mesh.kubeconfig })
  const { istioVersion, proxyBuild } = lines.to
  await journal.during({ kind: 'note', title: 'the standing set' }, () => part.start())
  await baseline(options)
  await way.bring()
  await proveBetween('control-plane', { ...mesh, istioVersion }, options)
  for (const namespace of [one, first].filter((name) => name !== '')) await way.move([namespace])
  await proveBetween('half-moved', { ...mesh, istioVersion, proxyBuild: `${proxyBuild} in ${first}, else ${mesh.proxyBuild}` }, options)
  for (const namespace of rest) await way.move([namespace])
  if (others.length > 0) await way.move(others)
  await way.finish()
  await baseline(options)
  await record(options, lines.to)
  const moved = { ...mesh, istioVersion, proxyBuild }
  if (!rollback) {
    await connected(options)
    await part.pause()
    await prove('after', moved, options)
    return
  }
  await proveBetween('after', moved, options)
  await way.back([one, first, ...rest, ...others].filter((name) => name !== ''))
  await baseline(options)
  await connected(options)
  await part.pause()
  await record(options, lines.from)
  await prove('rolled-back', mesh, options)
}

const WAYS = { 'in-place': inPlaceWay, canary: canaryWay } as const

/** A while in which nothing happens, before the first change and after the last: what it shows is the mesh's own. */
async function baseline({ journal, signal }: Going): Promise<void> {
  await journal.during({ kind: 'note', title: 'nothing happens' }, () => pause(BASELINE_MS, undefined, { signal }))
}

/** Runs all scenarios while nothing is asked continuously: they change the mesh that the standing set lives in. */
async function proveBetween(state: MeshState, mesh: Mesh, options: Going): Promise<void> {
  await connected(options)
  await options.part.pause()
  await prove(state, mesh, options)
  await options.part.resume()
}

/** While it is waited for, it is asked on. */
async function connected({ cluster, journal, signal }: Going): Promise<void> {
  await journal.during({ kind: 'note', title: 'every proxy is connected' }, () => untilConnected(cluster, signal))
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
