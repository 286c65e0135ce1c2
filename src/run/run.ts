import { randomBytes } from 'node:crypto'
import { EXIT, MeshproofError } from '../error.ts'
import { restore } from '../kube/alter.ts'
import { type Cluster, HOME_NAMESPACE, RUN_LABEL } from '../kube/cluster.ts'
import { get } from '../kube/get.ts'
import { acquireLease } from '../kube/lease.ts'
import { remove } from '../kube/remove.ts'
import { sweep, traces } from '../kube/sweep.ts'
import type { Mesh } from '../mesh/types.ts'
import { ensureWorld, isWorldReady } from '../mesh/world.ts'
import { formatKey } from '../scenario/format.ts'
import type { Cell, ObjectKey, Scenario, WorldNamespace } from '../scenario/model.ts'
import { assembleCast } from './cast.ts'
import { causeOf } from './cause-of.ts'
import type { RunEvent } from './events.ts'
import { harnessNow } from './harness.ts'
import { meshWide } from './mesh-wide.ts'
import { type Cause, type RunResult, type ScenarioResult, worstVerdict } from './result.ts'
import { type Left, runAll } from './run-all.ts'
import { openStage, type Stage } from './stage.ts'

interface RunOptions {
  readonly cluster: Cluster
  readonly mesh: Mesh
  readonly scenarios: readonly Scenario[]
  readonly runId: string
  /** Ends the run; what it applied is removed all the same, within 20 s. */
  readonly signal: AbortSignal
  readonly emit: (event: RunEvent) => void
  /** On a cluster that we did not make, scenarios may touch the root namespace. */
  readonly allowMeshWide?: boolean | undefined
  /** Whether evidence is collected for cells that are no pass, which takes half a second a step; yes unless said. */
  readonly evidence?: boolean | undefined
  /** The cells to ask; all unless said. */
  readonly only?: ((cell: Cell, scenario: Scenario) => boolean) | undefined
}

const CLEANUP_MS = 20_000
const MARKER: ObjectKey = { group: 'security.istio.io', kind: 'AuthorizationPolicy', name: 'meshproof-marker', namespace: HOME_NAMESPACE }

/** `20261124-093012-k3v9`: sorts by time; the last part keeps two runs of one second apart. */
export function newRunId(): string {
  const time = new Date().toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
  return `${time}-${randomBytes(4).readUInt32BE().toString(36).padStart(4, '0').slice(-4)}`
}

/**
 * Runs scenarios on a mesh that is up, one after the other, and slow ones beside them.
 * @throws MeshproofError with exit 2, before anything is applied: `not-ours`, `mesh-wide`, `destination-unsupported`, `world-refused`.
 */
export async function runScenarios(options: RunOptions): Promise<RunResult> {
  const { cluster, mesh, scenarios, runId, signal, emit } = options
  const startedAt = new Date()
  const begun = performance.now()
  const ended = new Map<Scenario, ScenarioResult>()
  const causes: Cause[] = []
  const left: Left[] = []
  const lease = await acquireLease(cluster, { runId, signal })
  const running = AbortSignal.any([signal, lease.lost])
  const stage = openStage(cluster, running)
  emit({ kind: 'run-start', id: runId, scenarios, mesh })
  try {
    if (lease.takenFrom) await sweep(cluster, { except: runId, signal: running })
    await preflight(options)
    const { ready, cause } = await raiseWorlds(options, running)
    if (cause) causes.push(cause)
    const cast = await assembleCast({ stage, runId, scenarios: ready })
    const only = options.only ?? (() => true)
    await runAll({ stage, runId, scenarios: ready, cast, emit, only, evidence: options.evidence ?? true, left, results: ended })
  } catch (error) {
    if (error instanceof MeshproofError && error.exit === EXIT.usage) throw error
    if (signal.aborted) causes.push({ code: 'interrupted', message: 'the run was interrupted' })
    else causes.push(causeOf(error))
  } finally {
    causes.push(...(await cleanUp(options, { stage, left })))
    await lease.release().catch((error: unknown) => causes.push(causeOf(error)))
  }
  const results = scenarios.flatMap((scenario) => ended.get(scenario) ?? [])
  const result: RunResult = {
    id: runId,
    startedAt: startedAt.toISOString(),
    ms: performance.now() - begun,
    mesh,
    verdict: worstVerdict([...results.map(({ verdict }) => verdict), ...causes.map(() => 'inconclusive' as const)]),
    interrupted: signal.aborted,
    scenarios: results,
    causes,
    harness: harnessNow(),
  }
  emit({ kind: 'run-end', result })
  return result
}

/** Nothing is applied over an object that no run made, nor, on somebody's cluster, to the mesh as a whole. All problems at once. */
async function preflight({ cluster, mesh, scenarios, signal, allowMeshWide = false }: RunOptions): Promise<void> {
  const applications = scenarios.flatMap((scenario) => scenario.steps.flatMap((step) => step.applies))
  if (mesh.source === 'foreign' && !allowMeshWide) {
    const wide = scenarios.flatMap((scenario) => meshWide(scenario) ?? [])[0]
    if (wide) {
      throw new MeshproofError({
        code: 'mesh-wide',
        message: `${wide.what} would change the whole mesh of ${cluster.context}`,
        where: wide.where,
        next: 'add --allow-mesh-wide if that is meant',
        exit: EXIT.usage,
      })
    }
  }
  const keys = new Map(applications.map((one) => [formatKey(one.key), one]))
  const found = await Promise.all([...keys.values()].map(async (one) => ({ one, object: await get(cluster, one.key, { signal }) })))
  const foreign = found.filter(({ object }) => object && object.metadata.labels?.[RUN_LABEL] === undefined)
  const [first] = foreign
  if (!first) return
  throw new MeshproofError({
    code: 'not-ours',
    message: `${foreign.map(({ one }) => formatKey(one.key)).join(', ')}: already there, and not made by a run`,
    expected: `no such object, or one with the label ${RUN_LABEL}`,
    where: first.one.where,
    next: 'remove or rename it; nothing was applied, and it was not touched',
    exit: EXIT.usage,
  })
}

/** All worlds at once. One app that does not become ready, for want of its image, must not keep scenarios from running that do without it. */
async function raiseWorlds(
  { cluster, scenarios }: RunOptions,
  signal: AbortSignal,
): Promise<{ ready: readonly Scenario[]; cause?: Cause }> {
  try {
    await ensureWorld(cluster, mergeWorlds(scenarios), signal)
    return { ready: scenarios }
  } catch (error) {
    if (!(error instanceof MeshproofError && error.code === 'world-not-ready')) throw error
    const there = await Promise.all(scenarios.map(({ world }) => isWorldReady(cluster, world, signal)))
    const ready = scenarios.filter((_, index) => there[index])
    if (ready.length === 0) throw error
    const others = scenarios.filter((one) => !ready.includes(one)).map(({ id }) => id)
    const { code, message } = causeOf(error)
    return { ready, cause: { code, message: `${others.join(', ')} cannot run: ${message}` } }
  }
}

/** Removes what is left, whatever ended the run, under a signal of its own. */
async function cleanUp(
  { cluster, runId }: RunOptions,
  { stage, left: leavings }: { stage: Stage; left: readonly Left[] },
): Promise<Cause[]> {
  const signal = AbortSignal.timeout(CLEANUP_MS)
  const causes: Cause[] = []
  const attempt = (work: Promise<unknown>) => work.catch((error: unknown) => causes.push(causeOf(error)))
  await Promise.all([
    attempt(stage.close()),
    ...[...leavings.flatMap(({ present }) => [...present.values()]), MARKER].map((key) => attempt(remove(cluster, key, { signal }))),
    ...leavings.flatMap(({ altered }) => [...altered.values()]).map((key) => attempt(restore(cluster, key, { signal }))),
  ])
  const left = await traces(cluster, runId, { signal }).catch((error: unknown) => {
    causes.push(causeOf(error))
    return []
  })
  if (left.length > 0) causes.push({ code: 'leak', message: `left behind: ${left.map(({ key }) => formatKey(key)).join(', ')}` })
  return causes
}

function mergeWorlds(scenarios: readonly Scenario[]): WorldNamespace[] {
  const merged = new Map<string, WorldNamespace>()
  for (const one of scenarios.flatMap(({ world }) => world)) {
    const there = merged.get(one.name)
    merged.set(one.name, there ? { ...there, apps: [...new Set([...there.apps, ...one.apps])] } : one)
  }
  return [...merged.values()]
}
