import { MeshproofError } from '../error.ts'
import type { AnyObject, Cluster } from '../kube/cluster.ts'
import { get, listPods, type PodView } from '../kube/get.ts'
import { podTroubles } from '../mesh/pod-troubles.ts'
import { formatKey } from '../scenario/format.ts'
import type { ObjectKey } from '../scenario/model.ts'
import { waitFor } from '../wait.ts'

interface WorkloadOptions {
  readonly signal: AbortSignal
  readonly deadlineMs: number
}

/** Whether an object makes pods. */
export function isWorkload({ kind, group }: ObjectKey): boolean {
  return group === 'apps' ? ['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind) : group === '' && kind === 'Pod'
}

/**
 * Waits until a workload has exactly the pods that it wants, all of its present template and all ready, and its old ones are gone.
 * @throws MeshproofError `workload-not-ready` with what its pods complain of.
 */
export async function untilRolledOut(cluster: Cluster, key: ObjectKey, { signal, deadlineMs }: WorkloadOptions): Promise<void> {
  try {
    await waitFor({
      what: `the pods of ${formatKey(key)}`,
      code: 'workload-not-ready',
      deadlineMs,
      everyMs: 100,
      signal,
      look: async (looking) => {
        const object = await get(cluster, key, { signal: looking })
        if (!object) return { seen: 'no such object' }
        const seen = shortfall(object, await podsOf(cluster, object, looking))
        return seen === undefined ? { done: true } : { seen }
      },
    })
  } catch (error) {
    if (!(error instanceof MeshproofError && error.code === 'workload-not-ready')) throw error
    const object = await get(cluster, key, { signal })
    const troubles = object ? await podTroubles(cluster, { namespace: key.namespace, labelSelector: selectorOf(object), signal }) : []
    throw new MeshproofError({
      code: error.code,
      message: error.message,
      seen: [error.seen, ...troubles].join('; '),
      next: `kubectl -n ${key.namespace} describe ${key.kind.toLowerCase()} ${key.name}`,
      cause: error.cause,
    })
  }
}

/**
 * Removes a workload by `remove` and waits until its pods are gone too: until then its proxies are connected, and its addresses answer.
 * @throws MeshproofError `pods-not-gone`; those of `remove`.
 */
export async function removeWithPods(
  cluster: Cluster,
  key: ObjectKey,
  { remove, signal, deadlineMs }: WorkloadOptions & { readonly remove: () => Promise<unknown> },
): Promise<void> {
  const object = await get(cluster, key, { signal })
  await remove()
  if (!object || key.kind === 'Pod') return
  await waitFor({
    what: `the pods of ${formatKey(key)} gone`,
    code: 'pods-not-gone',
    deadlineMs,
    everyMs: 100,
    signal,
    look: async (looking) => {
      const left = await podsOf(cluster, object, looking)
      return left.length === 0 ? { done: true } : { seen: left.map(({ name }) => name).join(', ') }
    },
  })
}

/** What a workload lacks; undefined when its rollout is complete. Pure. */
export function shortfall({ kind, metadata, spec, status }: AnyObject, pods: readonly PodView[]): string | undefined {
  if (kind === 'Pod') return pods.some(({ ready }) => ready) ? undefined : 'the pod is not ready'
  const { replicas = 1 } = spec as { replicas?: number }
  const now = (status ?? {}) as { observedGeneration?: number; updatedReplicas?: number; desiredNumberScheduled?: number }
  if ((now.observedGeneration ?? 0) < Number(metadata['generation'] ?? 0)) return 'its controller has not seen the change yet'
  const wanted = kind === 'DaemonSet' ? (now.desiredNumberScheduled ?? 0) : replicas
  if (kind === 'Deployment' && (now.updatedReplicas ?? 0) !== wanted) {
    return `${now.updatedReplicas ?? 0} of ${wanted} pods are of the present template`
  }
  const ready = pods.filter((pod) => pod.ready)
  if (pods.length === wanted && ready.length === wanted) return undefined
  const there = pods.map(({ name, phase }) => `${name} ${phase}`).join(', ')
  return `${wanted} wanted, ${pods.length} there (${ready.length} ready)${there && `: ${there}`}`
}

async function podsOf(cluster: Cluster, object: AnyObject, signal: AbortSignal): Promise<PodView[]> {
  const { namespace, name } = object.metadata
  if (object.kind === 'Pod') return (await listPods(cluster, { namespace, signal })).filter((pod) => pod.name === name)
  return listPods(cluster, { namespace, labelSelector: selectorOf(object), signal })
}

function selectorOf({ spec }: AnyObject): string {
  const { selector } = (spec ?? {}) as { selector?: { matchLabels?: Readonly<Record<string, string>> } }
  return Object.entries(selector?.matchLabels ?? {})
    .map(([label, value]) => `${label}=${value}`)
    .join(',')
}
