import { EXIT, MeshproofError } from '../error.ts'
import { apply } from '../kube/apply.ts'
import { type Cluster, HOME_NAMESPACE, OWNER_LABEL } from '../kube/cluster.ts'
import { get } from '../kube/get.ts'
import { kubeconfigOf } from '../mesh/cluster-home.ts'
import { clusterState } from '../mesh/cluster-state.ts'
import type { Engine } from '../mesh/engine.ts'
import { installMesh } from '../mesh/install-mesh.ts'
import { meshOf } from '../mesh/mesh-record.ts'
import { removeCluster } from '../mesh/remove-cluster.ts'
import { step } from '../mesh/step.ts'
import type { Mesh, Progress, Tools } from '../mesh/types.ts'
import { OWNER } from '../mesh/world-objects.ts'
import type { BothLines } from './both-lines.ts'

interface Making {
  readonly name: string
  readonly lines: BothLines
  readonly engine: Engine
  readonly tools: Tools
  readonly signal: AbortSignal
  readonly progress: Progress
}

const MARK = { group: '', kind: 'ConfigMap', name: 'upgrade', namespace: HOME_NAMESPACE }

/**
 * Removes what an upgrade that was killed left under this name; anything else is not touched.
 * @throws MeshproofError `cluster-exists` (exit 2).
 */
export async function clearCluster({ name, engine, signal, progress }: Omit<Making, 'lines' | 'tools'>): Promise<void> {
  const kubeconfig = kubeconfigOf(name)
  const state = await clusterState({ name, engine, kubeconfig, signal })
  if (state.kind === 'absent') return
  if (state.kind === 'answers' && (await stateOf(state.cluster, signal)) !== 'running') throw inTheWay(name)
  await step(progress, `remove what is left of ${name}`, () => removeCluster({ name, engine, kubeconfig, signal }))
}

/** A new kind cluster with the old line installed and the images of both lines in its node. @throws those of `installMesh`. */
export async function freshCluster(making: Making): Promise<{ readonly cluster: Cluster; readonly mesh: Mesh }> {
  const { name, lines, signal } = making
  const kubeconfig = kubeconfigOf(name)
  const { cluster, record } = await installMesh({ ...making, artifacts: { ...lines.from, images: lines.images }, kubeconfig })
  await markUpgrade(cluster, 'running', signal)
  return { cluster, mesh: meshOf(cluster, kubeconfig, record) }
}

/** Says in the cluster what becomes of it: one whose upgrade still runs when nobody runs it any more may be removed. */
export async function markUpgrade(cluster: Cluster, state: 'running' | 'kept', signal: AbortSignal): Promise<void> {
  const metadata = { name: MARK.name, namespace: MARK.namespace, labels: { [OWNER_LABEL]: OWNER } }
  await apply(cluster, { apiVersion: 'v1', kind: MARK.kind, metadata, data: { state } }, { signal })
}

async function stateOf(cluster: Cluster, signal: AbortSignal): Promise<string | undefined> {
  const mark = await get(cluster, MARK, { signal })
  return (mark?.['data'] as { state?: string } | undefined)?.state
}

function inTheWay(name: string): MeshproofError {
  return new MeshproofError({
    code: 'cluster-exists',
    message: `there is a cluster ${name} already, and an upgrade is validated on a fresh one`,
    next: `meshproof down --name ${name}, or give the new one another name: --name`,
    exit: EXIT.usage,
  })
}
