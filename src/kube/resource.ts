import { MeshproofError } from '../error.ts'
import type { ObjectKey } from '../scenario/model.ts'
import { apiError } from './api-status.ts'
import type { Cluster } from './cluster.ts'
import { request } from './request.ts'

/** One kind as the API server serves it. */
export interface Resource {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
}

type Asked = Pick<Cluster, 'config' | 'context'>

const discovered = new WeakMap<Cluster['config'], Promise<readonly Resource[]>>()

/** Every kind, the preferred version of each group first. Two requests, then kept for the cluster. */
export async function resources(cluster: Asked, signal?: AbortSignal): Promise<readonly Resource[]> {
  const known = discovered.get(cluster.config)
  if (known) return known
  const asking = discover(cluster, signal)
  discovered.set(cluster.config, asking)
  // A failed or aborted discovery must not answer later questions.
  asking.catch(() => discovered.delete(cluster.config))
  return asking
}

/**
 * The resource of a kind; an unknown one is looked up once more, since its definition may be new.
 * @throws MeshproofError `kind-unknown` when the cluster does not serve it.
 */
export async function findResource(
  cluster: Asked,
  wanted: { group: string; kind: string; version?: string | undefined },
  signal?: AbortSignal,
): Promise<Resource> {
  const find = async (): Promise<Resource | undefined> =>
    (await resources(cluster, signal)).find(
      ({ group, kind, version }) => group === wanted.group && kind === wanted.kind && (wanted.version ?? version) === version,
    )
  const known = await find()
  if (known) return known
  discovered.delete(cluster.config)
  const found = await find()
  if (found) return found
  const name = `${wanted.kind}${wanted.group && `.${wanted.group}`}${wanted.version ? `/${wanted.version}` : ''}`
  throw new MeshproofError({
    code: 'kind-unknown',
    message: `the cluster ${cluster.context} does not know the kind ${name}`,
    next: `kubectl api-resources${wanted.group && ` --api-group ${wanted.group}`}; are the definitions installed?`,
  })
}

/**
 * The path of one object, or of its kind's list when `name` is left out; an empty namespace means all of them.
 * @throws MeshproofError `namespace-missing` for one object of a namespaced kind without a namespace.
 */
export function pathOf(resource: Resource, { namespace, name }: { namespace: string; name?: string | undefined }): string {
  const { group, version, plural, namespaced, kind } = resource
  if (namespaced && name !== undefined && namespace === '') {
    throw new MeshproofError({ code: 'namespace-missing', message: `${kind}/${name} needs a namespace` })
  }
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const inside = namespaced && namespace !== '' ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${root}${inside}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`
}

/** The API group and version of `apiVersion`: `v1` is the core group. */
export function groupVersion(apiVersion: string): { group: string; version: string } {
  const [first = '', second] = apiVersion.split('/')
  return second === undefined ? { group: '', version: first } : { group: first, version: second }
}

/** The path of an object known by its key, in the version that its group prefers. */
export async function pathOfKey(cluster: Asked, key: ObjectKey, signal?: AbortSignal): Promise<string> {
  return pathOf(await findResource(cluster, key, signal), key)
}

/** `/apis` and `/api` answer with every group at once since Kubernetes 1.27. */
const AGGREGATED = ['v2', 'v2beta1'].map((v) => `application/json;g=apidiscovery.k8s.io;v=${v};as=APIGroupDiscoveryList`).join(',')

interface GroupDiscovery {
  readonly metadata: { readonly name?: string }
  readonly versions: readonly { readonly version: string; readonly resources?: readonly ResourceDiscovery[] }[]
}

interface ResourceDiscovery {
  readonly resource: string
  readonly responseKind?: { readonly kind: string }
  readonly scope: 'Namespaced' | 'Cluster'
  readonly verbs: readonly string[]
}

async function discover(cluster: Asked, signal?: AbortSignal): Promise<readonly Resource[]> {
  const lists = await Promise.all(['/api', '/apis'].map((path) => groupsAt(cluster, path, signal)))
  return lists.flat().flatMap(({ metadata, versions }) =>
    versions.flatMap(({ version, resources: served = [] }) =>
      served.map(({ resource, responseKind, scope, verbs }) => ({
        group: metadata.name ?? '',
        version,
        kind: responseKind?.kind ?? '',
        plural: resource,
        namespaced: scope === 'Namespaced',
        verbs,
      })),
    ),
  )
}

async function groupsAt(cluster: Asked, path: string, signal?: AbortSignal): Promise<readonly GroupDiscovery[]> {
  const answer = await request(cluster, { method: 'GET', path, accept: AGGREGATED, signal })
  if (answer.status !== 200) throw apiError(`list its kinds (${path})`, answer)
  const list = answer.body as { kind?: string; items?: readonly GroupDiscovery[] }
  if (list.kind === 'APIGroupDiscoveryList' && list.items) return list.items
  throw new MeshproofError({
    code: 'kubernetes-too-old',
    message: `the API server of ${cluster.context} has no aggregated discovery`,
    expected: 'Kubernetes 1.27 or newer',
    seen: `${path} answered with ${list.kind ?? 'no kind'}`,
  })
}
