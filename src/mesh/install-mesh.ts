import { apply } from '../kube/apply.ts'
import type { Cluster } from '../kube/cluster.ts'
import { makeCluster } from './cluster.ts'
import { DEFAULT_WORLD } from './default-world.ts'
import type { Engine } from './engine.ts'
import { installGateway, installIstio } from './istio.ts'
import { homeNamespace, type MeshRecord, writeMeshRecord } from './mesh-record.ts'
import { step } from './step.ts'
import { together } from './together.ts'
import type { Artifacts, Progress, Tools } from './types.ts'
import { ensureWorld } from './world.ts'

interface Installing {
  readonly name: string
  readonly engine: Engine
  readonly tools: Tools
  readonly artifacts: Artifacts
  readonly kubeconfig: string
  readonly signal: AbortSignal
  readonly progress: Progress
}

/**
 * From nothing to a mesh that is ready: cluster and images side by side, then istiod and the plain part of the world,
 * then the gateway and the rest. Written down in the cluster at its end.
 * @throws those of `makeCluster`, `installIstio`, `ensureWorld`.
 */
export async function installMesh(installing: Installing): Promise<{ readonly cluster: Cluster; readonly record: MeshRecord }> {
  const { name, artifacts, signal, progress } = installing
  const cluster = await step(progress, 'cluster and images', () =>
    makeCluster({ ...installing, node: artifacts.node, images: artifacts.images }),
  )
  await apply(cluster, homeNamespace(), { signal })
  const plain = DEFAULT_WORLD.filter(({ mesh }) => !mesh)
  await step(progress, `Istio ${artifacts.line}`, () =>
    together<unknown[]>(signal, [
      (both) => installIstio({ ...installing, cluster, signal: both }),
      (both) => ensureWorld(cluster, plain, both),
    ]),
  )
  await step(progress, 'ingress gateway and world', () =>
    together<unknown[]>(signal, [
      (both) => installGateway({ ...installing, cluster, signal: both }),
      (both) => ensureWorld(cluster, DEFAULT_WORLD, both),
    ]),
  )
  const { line, source, istioVersion, proxyBuild, images } = artifacts
  const record = { line, source, istioVersion, proxyBuild, clusterName: name, created: new Date().toISOString(), images: [...images] }
  await writeMeshRecord(cluster, record, signal)
  return { cluster, record }
}
