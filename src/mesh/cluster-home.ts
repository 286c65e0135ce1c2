import { join } from 'node:path'
import { cacheRoot } from './cache.ts'

/** The name of the cluster that is made unless another one is asked for. */
export const DEFAULT_NAME = 'meshproof'

/** The kubeconfig of a cluster that we made; the user's own file is left alone. */
export function kubeconfigOf(name: string = DEFAULT_NAME): string {
  return join(cacheRoot(), 'clusters', name, 'kubeconfig')
}
