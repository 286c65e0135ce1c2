import type { Cluster } from '../kube/cluster.ts'
import { listPods } from '../kube/get.ts'
import { hasProxy, openStage } from '../run/stage.ts'
import { waitFor } from '../wait.ts'

/** A proxy tries to connect again with growing pauses, of some ten seconds in the end. */
const CONNECTED_WITHIN = 90_000

/**
 * Waits until the proxy of every ready pod is connected to an istiod that runs: those of a control plane that was replaced find the new
 * one by and by, and nothing can be said of a mesh whose proxies nobody configures.
 * @throws MeshproofError `proxies-not-connected` naming them.
 */
export async function untilConnected(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const stage = openStage(cluster, signal)
  try {
    await waitFor({
      what: 'every proxy is connected to istiod',
      code: 'proxies-not-connected',
      deadlineMs: CONNECTED_WITHIN,
      everyMs: 250,
      signal,
      look: async (looking) => {
        const [pods, syncs] = await Promise.all([listPods(cluster, { signal: looking }), (await stage.istiod()).syncs(looking)])
        const connected = new Set(syncs.map(({ proxy }) => proxy))
        const all = pods.filter((pod) => hasProxy(pod) && pod.ready).map(({ name, namespace }) => `${name}.${namespace}`)
        const lost = all.filter((name) => !connected.has(name))
        return lost.length === 0 ? { done: true } : { seen: `${lost.join(', ')} ${lost.length === 1 ? 'is' : 'are'} not` }
      },
    })
  } finally {
    await stage.close()
  }
}
