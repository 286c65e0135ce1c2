import { formatKey } from '../scenario/format.ts'
import type { ObjectKey } from '../scenario/model.ts'
import { waitFor } from '../wait.ts'
import { apiError } from './api-status.ts'
import type { AnyObject, Cluster } from './cluster.ts'
import { persist } from './persist.ts'
import { request } from './request.ts'
import { pathOfKey } from './resource.ts'

interface RemoveOptions {
  readonly signal: AbortSignal
  /** Until the object is gone, in milliseconds; 30 000 unless said. A namespace with pods takes longer than a policy. */
  readonly deadlineMs?: number
}

/**
 * Deletes one object and waits until it is really gone: until finalizers and grace periods are over.
 * What it owned is collected by the cluster afterwards.
 * @throws MeshproofError `not-removed` past the deadline, naming the finalizers; those of `request`.
 */
export async function remove(
  cluster: Cluster,
  key: ObjectKey,
  { signal, deadlineMs = 30_000 }: RemoveOptions,
): Promise<'removed' | 'absent'> {
  const path = await pathOfKey(cluster, key, signal)
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' }
  const answer = await persist(signal, async () => {
    const said = await request(cluster, { method: 'DELETE', path, body, signal })
    if (![200, 202, 404].includes(said.status)) throw apiError(`delete ${formatKey(key)}`, said)
    return said
  })
  if (answer.status === 404) return 'absent'

  // A Status means that it is gone already; the object itself comes back where a finalizer or a grace period holds it.
  const said = answer.body as { kind?: string; metadata?: { uid?: string } }
  if (said.kind === 'Status') return 'removed'
  const uid = said.metadata?.uid
  await waitFor({
    what: `${formatKey(key)} deleted`,
    code: 'not-removed',
    deadlineMs,
    everyMs: 50,
    signal,
    look: async (looking) => {
      const left = await request(cluster, { method: 'GET', path, signal: looking })
      if (left.status === 404) return { done: true }
      if (left.status !== 200) throw apiError(`read ${formatKey(key)}`, left)
      const { metadata } = left.body as AnyObject
      if (uid !== undefined && metadata.uid !== uid) return { done: true }
      return { seen: `still there${finalizers(metadata)}` }
    },
  })
  return 'removed'
}

function finalizers(metadata: AnyObject['metadata']): string {
  const held = metadata['finalizers']
  return Array.isArray(held) && held.length > 0 ? `, held by finalizers: ${held.join(', ')}` : ''
}
