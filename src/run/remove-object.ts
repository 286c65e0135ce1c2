import type { Cluster } from '../kube/cluster.ts'
import { remove } from '../kube/remove.ts'
import type { ObjectKey } from '../scenario/model.ts'
import { PODS_MS } from './move-pods.ts'
import { isWorkload, removeWithPods } from './workload.ts'

/** Removes an object, and waits for the pods that a workload leaves behind. @throws MeshproofError those of `remove`; `pods-not-gone`. */
export async function removeObject(cluster: Cluster, key: ObjectKey, signal: AbortSignal): Promise<void> {
  const removing = () => remove(cluster, key, { signal })
  if (!isWorkload(key)) await removing()
  else await removeWithPods(cluster, key, { remove: removing, signal, deadlineMs: PODS_MS })
}
