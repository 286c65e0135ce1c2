import { rm } from 'node:fs/promises'
import { command } from './build/command.ts'
import type { Engine } from './engine.ts'

interface Removing {
  readonly name: string
  readonly engine: Engine
  readonly kubeconfig: string
  readonly signal: AbortSignal
}

const REMOVED_WITHIN = 60_000

/**
 * Removes a kind cluster's containers with their volumes, and its kubeconfig file. Needs no kind, so that it also works
 * where a tool has gone. Harmless when there is none.
 */
export async function removeCluster({ name, engine, kubeconfig, signal }: Removing): Promise<'removed' | 'absent'> {
  const options = { signal, env: engine.env, deadlineMs: REMOVED_WITHIN, purpose: `remove the cluster ${name}`, next: 'docker ps --all' }
  const filter = ['--filter', `label=io.x-k8s.kind.cluster=${name}`]
  const nodes = (await command(engine.docker, ['ps', '--all', '--quiet', ...filter], options)).split('\n').filter((id) => id !== '')
  if (nodes.length > 0) await command(engine.docker, ['rm', '--force', '--volumes', ...nodes], options)
  await rm(kubeconfig, { force: true })
  return nodes.length > 0 ? 'removed' : 'absent'
}
