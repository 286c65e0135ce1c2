import type { Cluster } from '../kube/cluster.ts'
import { ISTIO_NAMESPACE, installBase, installGateway, installIstiod } from '../mesh/istio.ts'
import type { Artifacts, Tools } from '../mesh/types.ts'
import { proxyImage } from './both-lines.ts'
import type { Journal } from './journal.ts'
import { restartProxies } from './restart-proxies.ts'

interface Moving {
  readonly cluster: Cluster
  readonly kubeconfig: string
  readonly tools: Tools
  /** The line to go to. */
  readonly artifacts: Artifacts
  readonly journal: Journal
  readonly signal: AbortSignal
  /** A definition that is newer than its control plane does no harm, and going back could lose fields: not on the way back. */
  readonly base: boolean
}

/**
 * Replaces the control plane by another line's, over the old one: the definitions of Istio's kinds, istiod, the gateway with its own
 * proxy. Every sidecar is left as it is.
 * @throws MeshproofError `istio-not-ready`, `proxies-not-restarted`; those of `helmInstall`.
 */
export async function moveInPlace({ journal, base, ...moving }: Moving): Promise<void> {
  const { artifacts, cluster, signal } = moving
  const { line } = artifacts
  if (base) await journal.during({ kind: 'change', title: `definitions and base ${line}` }, () => installBase(moving))
  await journal.during({ kind: 'change', title: `istiod ${line}` }, () => installIstiod(moving))
  await journal.during({ kind: 'change', title: `gateway ${line}` }, async () => {
    await installGateway(moving)
    await restartProxies({ cluster, namespaces: [ISTIO_NAMESPACE], image: proxyImage(artifacts), signal })
  })
}
