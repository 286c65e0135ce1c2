import { EXIT, MeshproofError } from '../error.ts'
import type { Cluster } from '../kube/cluster.ts'
import { acquireLease } from '../kube/lease.ts'
import { sweep } from '../kube/sweep.ts'
import { waitFor } from '../wait.ts'
import { DEFAULT_WORLD } from './default-world.ts'
import { istioTrouble } from './istio.ts'
import { type MeshRecord, readMeshRecord } from './mesh-record.ts'
import { step } from './step.ts'
import type { ImageSource, IstioLine, Progress } from './types.ts'
import { ensureWorld } from './world.ts'

interface Wanted {
  readonly cluster: Cluster
  /** Whatever line is there unless said. */
  readonly line?: IstioLine | undefined
  readonly images: 'auto' | ImageSource
  readonly signal: AbortSignal
  readonly progress: Progress
}

/** Whether the mesh that is there can stay. */
export type Kept = { readonly kind: 'kept'; readonly record: MeshRecord } | { readonly kind: 'broken'; readonly seen: string }

/** Pods that start again after a pause of the machine are back in this time; a new mesh takes little longer. */
const WELL_WITHIN = 15_000

/**
 * Keeps a mesh that is whole and well, and completes its world. Costs a few requests when all is there.
 * @throws MeshproofError `other-mesh` (exit 2) when it is of another line or source; `cluster-busy` while a run holds it; those of
 * `ensureWorld`.
 */
export async function keptMesh({ cluster, line, images, signal, progress }: Wanted): Promise<Kept> {
  const record = await readMeshRecord(cluster, signal)
  if (!record) return { kind: 'broken', seen: 'its mesh was never completed' }
  if (!fits(record, { line, images })) throw otherMesh(record, { line, images })
  const trouble = await lastingTrouble(cluster, signal)
  if (trouble !== undefined) return { kind: 'broken', seen: trouble }
  await step(progress, 'world', () => completeWorld(cluster, signal))
  return { kind: 'kept', record }
}

/** Under the lease, since a pod that is replaced under a run disturbs it. What a dead run left is swept, as the next run would. */
async function completeWorld(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const lease = await acquireLease(cluster, { runId: 'up', signal })
  try {
    const held = AbortSignal.any([signal, lease.lost])
    if (lease.takenFrom) await sweep(cluster, { signal: held })
    await ensureWorld(cluster, DEFAULT_WORLD, held)
  } finally {
    await lease.release()
  }
}

/** Pure. A line or source that is not asked for fits. */
export function fits(record: Pick<MeshRecord, 'line' | 'source'>, wanted: Pick<Wanted, 'line' | 'images'>): boolean {
  return record.line === (wanted.line ?? record.line) && (wanted.images === 'auto' || wanted.images === record.source)
}

function otherMesh(record: MeshRecord, { line, images }: Pick<Wanted, 'line' | 'images'>): MeshproofError {
  const down = record.clusterName === 'meshproof' ? 'meshproof down' : `meshproof down --name ${record.clusterName}`
  return new MeshproofError({
    code: 'other-mesh',
    message: `the cluster ${record.clusterName} holds another mesh than the one asked for`,
    expected: `Istio ${line ?? record.line}${images === 'auto' ? '' : `, images of the source ${images}`}`,
    seen: `Istio ${record.line}, images of the source ${record.source}`,
    next: `${down}, then meshproof up; or give the new one a name of its own`,
    exit: EXIT.usage,
  })
}

async function lastingTrouble(cluster: Cluster, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await waitFor({
      what: 'Istio is ready',
      code: 'istio-not-ready',
      deadlineMs: WELL_WITHIN,
      everyMs: 250,
      signal,
      look: async (looking) => {
        const seen = await istioTrouble(cluster, looking)
        return seen === undefined ? { done: undefined } : { seen }
      },
    })
  } catch (error) {
    if (error instanceof MeshproofError && error.code === 'istio-not-ready') return error.seen
    throw error
  }
}
