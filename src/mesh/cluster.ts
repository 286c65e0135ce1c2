import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Cluster } from '../kube/cluster.ts'
import { connect } from '../kube/connect.ts'
import { waitFor } from '../wait.ts'
import { command } from './build/command.ts'
import { nodeOf } from './cluster-state.ts'
import type { Engine } from './engine.ts'
import { KIND_FOLDER } from './kind-folder.ts'
import { loadImages } from './load-images.ts'
import { removeCluster } from './remove-cluster.ts'
import { together } from './together.ts'
import type { Image, Tools } from './types.ts'

interface Making {
  readonly name: string
  readonly node: Image
  readonly images: readonly Image[]
  readonly engine: Engine
  readonly tools: Tools
  /** Written; the user's own is left alone. */
  readonly kubeconfig: string
  readonly signal: AbortSignal
}

const MADE_WITHIN = 300_000
const REMOVED_WITHIN = 60_000

/**
 * Makes a kind cluster with the images in its node; both at once. Half a cluster is removed again.
 * @throws MeshproofError `command-failed` with kind's last words; those of `loadImages`.
 */
export async function makeCluster(making: Making): Promise<Cluster> {
  const { name, images, engine, kubeconfig, signal } = making
  await mkdir(dirname(kubeconfig), { recursive: true })
  try {
    const [cluster] = await together<[Cluster, unknown]>(signal, [
      (both) => create({ ...making, signal: both }),
      (both) => loadImages({ node: nodeOf(name), images, engine, signal: both }),
    ])
    return cluster
  } catch (error) {
    await removeCluster({ name, engine, kubeconfig, signal: AbortSignal.timeout(REMOVED_WITHIN) })
    throw error
  }
}

async function create({ name, node, engine, tools, kubeconfig, signal }: Making): Promise<Cluster> {
  const flags = ['--name', name, '--image', node.reference, '--config', `${KIND_FOLDER}cluster.yaml`, '--kubeconfig', kubeconfig]
  await command(tools.kind, ['create', 'cluster', ...flags], {
    signal,
    // A user's choice of another provider would make a cluster that the engine at hand does not know.
    env: { ...engine.env, KIND_EXPERIMENTAL_PROVIDER: 'docker' },
    deadlineMs: MADE_WITHIN,
    purpose: `make the kind cluster ${name}`,
    next: 'meshproof doctor',
  })
  return waitFor({
    what: `the API server of ${name} answers`,
    deadlineMs: 30_000,
    signal,
    look: async (looking) => ({ done: await connect({ kubeconfig, context: `kind-${name}`, signal: looking }) }),
  })
}
