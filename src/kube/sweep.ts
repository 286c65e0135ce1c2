import pLimit from 'p-limit'
import { MeshproofError } from '../error.ts'
import { formatKey } from '../scenario/format.ts'
import type { ObjectKey } from '../scenario/model.ts'
import { ALTERED_LABEL, listAltered, restore } from './alter.ts'
import { apiError } from './api-status.ts'
import { type AnyObject, type Cluster, RUN_LABEL } from './cluster.ts'
import { remove } from './remove.ts'
import { request } from './request.ts'
import { pathOf, type Resource, resources } from './resource.ts'

interface SweepOptions {
  /** The run whose objects stay: the one that sweeps. */
  readonly except?: string | undefined
  /** Only in these namespaces (and these namespaces themselves); everywhere unless said. */
  readonly namespaces?: readonly string[] | undefined
  readonly signal: AbortSignal
}

/** An object with a run's label. */
export interface Trace {
  readonly key: ObjectKey
  readonly run: string
}

/** Requests in flight; an API server serves a client's lists side by side. */
const AT_ONCE = 16
/** A namespace waits for its pods' grace period, 30 s by default. */
const REMOVE_MS = 120_000

/**
 * Removes every object that a dead run left, and restores those that it altered. Only call it while holding the lease: then every other run is dead.
 * @returns what was removed or restored.
 * @throws MeshproofError `sweep-incomplete` naming what is left, after all the rest was removed.
 */
export async function sweep(cluster: Cluster, { except, namespaces, signal }: SweepOptions): Promise<Trace[]> {
  const selector = (label: string) => (except === undefined ? label : `${label},${label}!=${except}`)
  const [left, changed] = await Promise.all([
    labelled(cluster, selector(RUN_LABEL), signal),
    listAltered(cluster, { selector: selector(ALTERED_LABEL), signal }),
  ])
  const altered = new Set(changed)
  const found = [...changed, ...left].filter(({ key }) => inside(key, namespaces))
  const limit = pLimit(AT_ONCE)
  const mend = (trace: Trace) =>
    altered.has(trace) ? restore(cluster, trace.key, { signal }) : remove(cluster, trace.key, { signal, deadlineMs: REMOVE_MS })
  const ends = await Promise.allSettled(found.map((trace) => limit(async () => ({ trace, was: await mend(trace) }))))
  signal.throwIfAborted()
  const failed = found.flatMap(({ key, run }, at) => {
    const end = ends[at]
    return end?.status === 'rejected' ? [{ key, run, reason: end.reason as unknown }] : []
  })
  const [first] = failed
  if (first) {
    const { kind, group, name, namespace } = first.key
    throw new MeshproofError({
      code: 'sweep-incomplete',
      message: `${failed.length} of ${found.length} objects of earlier runs could not be removed or restored`,
      seen: failed.map(({ key, run, reason }) => `${formatKey(key)} of run ${run}: ${words(reason)}`).join('; '),
      next: `kubectl get ${kind}${group && `.${group}`} ${name}${namespace && ` -n ${namespace}`} -o yaml`,
      cause: first.reason,
    })
  }
  return ends.flatMap((end) =>
    end.status === 'fulfilled' && (end.value.was === 'removed' || end.value.was === 'restored') ? [end.value.trace] : [],
  )
}

/** What still carries the run's label, or is still altered by it. Objects that the cluster itself made from others (owned ones) are left to it. */
export async function traces(cluster: Cluster, runId: string, { signal }: { signal?: AbortSignal } = {}): Promise<Trace[]> {
  const [left, altered] = await Promise.all([
    labelled(cluster, `${RUN_LABEL}=${runId}`, signal),
    listAltered(cluster, { selector: `${ALTERED_LABEL}=${runId}`, signal }),
  ])
  return [...left, ...altered]
}

function words(reason: unknown): string {
  if (reason instanceof MeshproofError) return reason.seen ?? reason.message
  return reason instanceof Error ? reason.message : String(reason)
}

function inside({ kind, name, namespace }: ObjectKey, namespaces: readonly string[] | undefined): boolean {
  if (namespaces === undefined) return true
  return namespaces.includes(kind === 'Namespace' ? name : namespace)
}

async function labelled(cluster: Cluster, selector: string, signal?: AbortSignal): Promise<Trace[]> {
  const kinds = (await resources(cluster, signal)).filter(isOurs).filter(isFirst)
  const limit = pLimit(AT_ONCE)
  const lists = await Promise.all(kinds.map((resource) => limit(() => labelledOf(cluster, resource, selector, signal))))
  return lists.flat()
}

/** The kinds that a scenario or a world can hold. */
function isOurs({ group, kind, verbs }: Resource): boolean {
  const ours = group === '' || group === 'apps' || group === 'gateway.networking.k8s.io' || /(^|\.)istio\.io$/.test(group)
  return ours && kind !== 'Event' && verbs.includes('list') && verbs.includes('delete')
}

/** A kind is listed in one version only: each shows the same objects. */
function isFirst({ group, kind }: Resource, at: number, all: readonly Resource[]): boolean {
  return all.findIndex((other) => other.group === group && other.kind === kind) === at
}

async function labelledOf(cluster: Cluster, resource: Resource, selector: string, signal?: AbortSignal): Promise<Trace[]> {
  const path = `${pathOf(resource, { namespace: '' })}?labelSelector=${encodeURIComponent(selector)}`
  // Metadata alone is enough, and small.
  const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json'
  const answer = await request(cluster, { method: 'GET', path, accept, signal })
  // The kind's definition may have gone since it was discovered: then so have its objects.
  if (answer.status === 404) return []
  if (answer.status !== 200) throw apiError(`list ${resource.kind}`, answer)
  const { items } = answer.body as { items: readonly Pick<AnyObject, 'metadata'>[] | null }
  return (items ?? [])
    .filter(({ metadata }) => !isMadeByCluster(resource, metadata))
    .map(({ metadata }) => ({
      key: { group: resource.group, kind: resource.kind, name: metadata.name, namespace: metadata.namespace ?? '' },
      run: metadata.labels?.[RUN_LABEL] ?? '',
    }))
}

/** Pods and ReplicaSets have owners; Endpoints take their Service's labels, and go with it, but name no owner. */
function isMadeByCluster({ kind }: Resource, metadata: AnyObject['metadata']): boolean {
  const owners = metadata['ownerReferences']
  if (Array.isArray(owners) && owners.length > 0) return true
  if (kind !== 'Endpoints') return false
  const annotations = (metadata['annotations'] ?? {}) as Readonly<Record<string, string>>
  const byLabel = metadata.labels?.['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller'
  return byLabel || 'endpoints.kubernetes.io/last-change-trigger-time' in annotations
}
