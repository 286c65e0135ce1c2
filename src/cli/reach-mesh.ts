import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { MeshproofError } from '../error.ts'
import type { Cluster } from '../kube/cluster.ts'
import { connect } from '../kube/connect.ts'
import { kubeconfigOf } from '../mesh/cluster-home.ts'
import { down } from '../mesh/down.ts'
import { readForeignMesh } from '../mesh/foreign-mesh.ts'
import { meshOf, readMesh, readMeshRecord } from '../mesh/mesh-record.ts'
import type { ImageSource, IstioLine, Mesh, Progress } from '../mesh/types.ts'
import { up } from '../mesh/up.ts'

export interface ReachOptions {
  /** Name of the cluster that we make. */
  readonly name: string
  /** A cluster that we did not make; nothing is made then. */
  readonly context?: string | undefined
  readonly istio?: IstioLine | undefined
  readonly images: 'auto' | ImageSource
  readonly install: boolean
  readonly yes: boolean
  readonly signal: AbortSignal
  readonly progress: Progress
}

interface Reached {
  readonly cluster: Cluster
  readonly mesh: Mesh
  /** Removes the cluster if it was made now; harmless otherwise. */
  release(progress: Progress): Promise<void>
}

/** A cluster is removed in seconds; an engine that hangs must not keep the process. */
const DOWN_MS = 90_000

/**
 * The mesh to run on: the one of `--context`, else the one of an earlier `up`, else one that is made now.
 * @throws MeshproofError of `connect`, `readForeignMesh`, `up`.
 */
export async function reachMesh(options: ReachOptions): Promise<Reached> {
  const { name, context, istio, images, install, yes, signal, progress } = options
  if (context !== undefined) return reachForeign(context, signal)
  const kept = await hasMesh(name, signal)
  const release = async (ending: Progress) => {
    if (!kept) await down({ name, signal: AbortSignal.timeout(DOWN_MS), progress: ending })
  }
  const mesh = await up({ name, line: istio, images, install, yes, signal, progress })
  try {
    return { cluster: await connect({ context: mesh.context, kubeconfig: mesh.kubeconfig, signal }), mesh, release }
  } catch (error) {
    await release(progress)
    throw error
  }
}

async function reachForeign(context: string, signal: AbortSignal): Promise<Reached> {
  const cluster = await connect({ context, signal })
  const kubeconfig = process.env['KUBECONFIG'] || join(homedir(), '.kube', 'config')
  const record = await readMeshRecord(cluster, signal)
  const mesh = record ? meshOf(cluster, kubeconfig, record) : await readForeignMesh({ cluster, kubeconfig, signal })
  return { cluster, mesh, release: async () => undefined }
}

/** Whether an earlier `up` left a whole mesh that answers. Without one, whatever is left of it is ours to replace and remove. */
async function hasMesh(name: string, signal: AbortSignal): Promise<boolean> {
  const kubeconfig = kubeconfigOf(name)
  if (!existsSync(kubeconfig)) return false
  try {
    await readMesh({ kubeconfig, signal })
    return true
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof MeshproofError) return false
    throw error
  }
}
