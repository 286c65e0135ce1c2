import { apiError } from './api-status.ts'
import type { Cluster } from './cluster.ts'
import { request } from './request.ts'

interface ServiceAccount {
  readonly namespace: string
  readonly name: string
}

const LIVES_S = 3_600

/**
 * A token of a service account for the API server itself, by the TokenRequest API; it lives for an hour.
 * @throws MeshproofError `api-forbidden`, `api-error`, those of `request`.
 */
export async function serviceAccountToken(cluster: Cluster, { namespace, name }: ServiceAccount, signal: AbortSignal): Promise<string> {
  const answer = await request(cluster, {
    method: 'POST',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: LIVES_S } },
    signal,
  })
  const { status } = answer.body as { status?: { token?: unknown } }
  if (answer.status !== 201 || typeof status?.token !== 'string')
    throw apiError(`make a token of the service account ${name}.${namespace}`, answer)
  return status.token
}
