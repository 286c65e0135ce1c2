import { existsSync } from 'node:fs'
import { MeshproofError } from '../error.ts'
import { withCacheLock } from './cache.ts'
import { DEFAULT_NAME, kubeconfigOf } from './cluster-home.ts'
import { type Engine, ensureEngine } from './engine.ts'
import { removeCluster } from './remove-cluster.ts'
import { step } from './step.ts'
import type { Progress } from './types.ts'

interface DownOptions {
  /** `meshproof` unless said. */
  readonly name?: string | undefined
  readonly signal: AbortSignal
  readonly progress: Progress
}

/**
 * Removes the cluster that `up` made, and its kubeconfig. Images and everything built stay for the next `up`.
 * Harmless when there is none, even without a container engine; nothing is ever installed or started for it.
 * @throws MeshproofError of the engine when it does not answer and there should be a cluster; `command-failed`.
 */
export async function down({ name = DEFAULT_NAME, signal, progress }: DownOptions): Promise<'removed' | 'absent'> {
  const kubeconfig = kubeconfigOf(name)
  return withCacheLock({ name: `cluster-${name}`, signal, progress }, async () => {
    const engine = await answeringEngine(kubeconfig, { signal, progress })
    if (!engine) return 'absent'
    return step(progress, `remove the cluster ${name}`, () => removeCluster({ name, engine, kubeconfig, signal }))
  })
}

async function answeringEngine(kubeconfig: string, asked: Pick<DownOptions, 'signal' | 'progress'>): Promise<Engine | undefined> {
  try {
    return await ensureEngine({ ...asked, install: false, yes: false })
  } catch (error) {
    // An engine that does not run may still hold a stopped cluster, and comes back with it.
    if (error instanceof MeshproofError && !existsSync(kubeconfig)) return undefined
    throw error
  }
}
