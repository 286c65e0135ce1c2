import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { KubeConfig } from '@kubernetes/client-node'
import { EXIT, MeshproofError } from '../error.ts'
import { apiError } from './api-status.ts'
import type { Cluster } from './cluster.ts'
import { request } from './request.ts'

interface ConnectOptions {
  /** A context of the kubeconfig; its current one unless said. */
  readonly context?: string | undefined
  /** A kubeconfig file; else `KUBECONFIG`, else `~/.kube/config`, else the pod's own service account. */
  readonly kubeconfig?: string | undefined
  readonly signal: AbortSignal
}

/**
 * Reads the kubeconfig and asks the API server for its version, so that what comes back is known to answer.
 * @throws MeshproofError `kubeconfig-missing`, `kubeconfig-broken`, `context-missing`, `insecure-server`, `api-unreachable`,
 * `api-timeout`, `api-unauthorized`.
 */
export async function connect({ context, kubeconfig, signal }: ConnectOptions): Promise<Cluster> {
  const config = await load(kubeconfig)
  const chosen = choose(config, context)
  config.setCurrentContext(chosen)
  const answer = await request({ config, context: chosen }, { method: 'GET', path: '/version', signal })
  if (answer.status !== 200) throw apiError('tell its version', answer)
  const { gitVersion = 'unknown' } = answer.body as { gitVersion?: string }
  return { context: chosen, config, version: gitVersion }
}

async function load(kubeconfig: string | undefined): Promise<KubeConfig> {
  // client-node takes a quarter of a second to load: only commands that need a cluster pay for it.
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  const named = kubeconfig ? [kubeconfig] : (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '')
  const files = named.length > 0 ? named : [join(homedir(), '.kube', 'config')]
  const missing = files.filter((file) => !existsSync(file))
  // Without any kubeconfig client-node falls back to localhost:8080 and says nothing.
  if (missing.length > 0 && !(named.length === 0 && inPod())) {
    throw new MeshproofError({
      code: 'kubeconfig-missing',
      message: 'there is no kubeconfig',
      seen: missing.map((file) => `${file} does not exist`).join(', '),
      next: 'meshproof up, or name one: --kubeconfig FILE, or KUBECONFIG',
      exit: EXIT.usage,
    })
  }
  try {
    if (kubeconfig) config.loadFromFile(kubeconfig)
    else config.loadFromDefault()
  } catch (cause) {
    throw new MeshproofError({
      code: 'kubeconfig-broken',
      message: `the kubeconfig cannot be read: ${files.join(', ')}`,
      next: 'kubectl config view',
      cause,
      exit: EXIT.usage,
    })
  }
  return config
}

function inPod(): boolean {
  return process.env['KUBERNETES_SERVICE_HOST'] !== undefined && existsSync('/var/run/secrets/kubernetes.io/serviceaccount/token')
}

function choose(config: KubeConfig, context: string | undefined): string {
  const names = (config.getContexts() ?? []).map(({ name }) => name)
  const chosen = context ?? config.getCurrentContext()
  if (chosen && names.includes(chosen)) return chosen
  throw new MeshproofError({
    code: 'context-missing',
    message: chosen ? `the kubeconfig has no context ${chosen}` : 'the kubeconfig has no current context',
    expected: names.length > 0 ? `one of ${names.join(', ')}` : 'a context',
    seen: names.length > 0 ? undefined : 'a kubeconfig without contexts',
    next: 'kubectl config get-contexts, then --context NAME',
    exit: EXIT.usage,
  })
}
