import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { MeshproofError } from '../error.ts'
import type { Cluster } from '../kube/cluster.ts'
import { connect } from '../kube/connect.ts'
import { waitFor } from '../wait.ts'
import { command } from './build/command.ts'
import type { Engine } from './engine.ts'

/** What is there under a kind cluster's name. `dead` can only be made anew. */
export type ClusterState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'dead'; readonly seen: string }
  | { readonly kind: 'answers'; readonly cluster: Cluster }

interface Asked {
  readonly name: string
  readonly engine: Engine
  readonly kubeconfig: string
  /** Writes the kubeconfig again where it is gone; without it such a cluster counts as dead. */
  readonly kind?: string | undefined
  readonly signal: AbortSignal
}

/** A cluster that answers at all answers sooner than it could be made anew. */
const ANSWERS_WITHIN = 10_000

/** The name of the one node's container, as kind builds it. */
export function nodeOf(name: string): string {
  return `${name}-control-plane`
}

/** Looks at the node's container and asks the API server, within ten seconds. */
export async function clusterState({ name, engine, kubeconfig, kind, signal }: Asked): Promise<ClusterState> {
  const listed = await command(
    engine.docker,
    ['ps', '--all', '--filter', `label=io.x-k8s.kind.cluster=${name}`, '--format', '{{.Names}} {{.State}}'],
    {
      signal,
      env: engine.env,
      deadlineMs: ANSWERS_WITHIN,
      purpose: 'list the containers of the cluster',
      next: 'docker ps',
    },
  )
  const nodes = listed.split('\n').filter((line) => line !== '')
  if (nodes.length === 0) return { kind: 'absent' }
  const stopped = nodes.find((line) => !line.endsWith(' running'))
  if (stopped) return { kind: 'dead', seen: `the container ${stopped.replace(' ', ' is ')}` }
  return askApi({ name, engine, kubeconfig, kind, signal })
}

async function askApi({ name, engine, kubeconfig, kind, signal }: Asked): Promise<ClusterState> {
  try {
    if (!existsSync(kubeconfig) && kind !== undefined) await exportKubeconfig({ name, engine, kubeconfig, kind, signal })
    const cluster = await waitFor({
      what: `the API server of ${name} answers`,
      deadlineMs: ANSWERS_WITHIN,
      everyMs: 500,
      signal,
      look: async (looking) => ({ done: await connect({ kubeconfig, context: `kind-${name}`, signal: looking }) }),
    })
    return { kind: 'answers', cluster }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof MeshproofError)) throw error
    return { kind: 'dead', seen: error.seen ?? error.message }
  }
}

async function exportKubeconfig({ name, engine, kubeconfig, kind, signal }: Asked & { readonly kind: string }): Promise<void> {
  await mkdir(dirname(kubeconfig), { recursive: true })
  await command(kind, ['export', 'kubeconfig', '--name', name, '--kubeconfig', kubeconfig], {
    signal,
    env: { ...engine.env, KIND_EXPERIMENTAL_PROVIDER: 'docker' },
    deadlineMs: ANSWERS_WITHIN,
    purpose: `write the kubeconfig of ${name} again`,
    next: 'meshproof down, then meshproof up',
  })
}
