import pLimit from 'p-limit'
import { apiError } from '../kube/api-status.ts'
import { type Cluster, HOME_NAMESPACE } from '../kube/cluster.ts'
import { request } from '../kube/request.ts'
import type { Check } from './check.ts'

interface Right {
  readonly verb: string
  readonly group?: string
  /** With its subresource: `pods/exec`. */
  readonly resource: string
  readonly namespace?: string
}

/** What a run does. */
const RIGHTS: readonly Right[] = [
  { verb: 'list', resource: 'pods' },
  { verb: 'create', resource: 'pods/exec' },
  { verb: 'get', resource: 'pods/log' },
  { verb: 'create', resource: 'namespaces' },
  { verb: 'create', resource: 'services' },
  { verb: 'create', resource: 'serviceaccounts' },
  { verb: 'create', group: 'apps', resource: 'deployments' },
  { verb: 'list', group: 'discovery.k8s.io', resource: 'endpointslices' },
  { verb: 'create', group: 'coordination.k8s.io', resource: 'leases', namespace: HOME_NAMESPACE },
  ...['create', 'patch', 'delete', 'list'].flatMap((verb) => [
    { verb, group: 'security.istio.io', resource: 'peerauthentications' },
    { verb, group: 'security.istio.io', resource: 'authorizationpolicies' },
    { verb, group: 'security.istio.io', resource: 'requestauthentications' },
    { verb, group: 'networking.istio.io', resource: 'destinationrules' },
  ]),
]

/** Asks the API server about each right that a run needs. @throws MeshproofError of `request`. */
export async function permissionCheck(cluster: Cluster, signal: AbortSignal): Promise<Omit<Check, 'title'>> {
  const limit = pLimit(6)
  const answers = await Promise.all(RIGHTS.map((right) => limit(async () => ({ right, allowed: await isAllowed(cluster, right, signal) }))))
  const lacking = answers.filter(({ allowed }) => !allowed).map(({ right }) => `${right.verb} ${right.resource}`)
  if (lacking.length === 0) return { state: 'ok', seen: 'all that a run needs' }
  return { state: 'fail', seen: `may not ${lacking.join(', ')}`, next: 'use a context with these rights: kubectl auth can-i --list' }
}

async function isAllowed(cluster: Cluster, { verb, group = '', resource, namespace }: Right, signal: AbortSignal): Promise<boolean> {
  const [name, subresource] = resource.split('/')
  const resourceAttributes = { verb, group, resource: name, ...(subresource && { subresource }), ...(namespace && { namespace }) }
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } }
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  const answer = await request(cluster, { method: 'POST', path, body, signal })
  if (answer.status !== 201) throw apiError('say what we may do', answer)
  return (answer.body as { status: { allowed: boolean } }).status.allowed
}
