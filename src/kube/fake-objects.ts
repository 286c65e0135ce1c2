import type http from 'node:http'
import { statusBody } from './fake-api-server.ts'

type FakeObject = {
  apiVersion?: string
  kind?: string
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; finalizers?: string[] } & Record<string, unknown>
} & Record<string, unknown>

interface Body {
  readonly metadata?: { readonly name?: string; readonly resourceVersion?: string }
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
}

/** Kinds that the fake serves: `group/version plural Kind`, cluster-scoped ones with a `!`. */
const KINDS = [
  '/v1 namespaces! Namespace',
  '/v1 configmaps ConfigMap',
  '/v1 pods Pod',
  'apps/v1 deployments Deployment',
  'apps/v1 statefulsets StatefulSet',
  'coordination.k8s.io/v1 leases Lease',
  'discovery.k8s.io/v1 endpointslices EndpointSlice',
  'security.istio.io/v1 peerauthentications PeerAuthentication',
  'security.istio.io/v1beta1 peerauthentications PeerAuthentication',
]

/** The group and version, the plural and perhaps a name; a namespace in between. */
const OBJECT_PATH = /^(\/api\/[^/]+|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/[^/]+(?=\/))?\/([^/]+)(?:\/([^/]+))?$/

/** Objects in memory behind the paths of the real API: versions, uids, preconditions, finalizers, label selectors. */
export class FakeObjects {
  readonly #objects = new Map<string, FakeObject>()
  #version = 100

  /** Puts an object as it is, past every check. */
  put(path: string, object: FakeObject): void {
    this.#version += 1
    const metadata = { uid: `uid-${this.#version}`, resourceVersion: String(this.#version), ...object.metadata }
    this.#objects.set(path, { ...object, metadata })
  }

  get(path: string): FakeObject | undefined {
    return this.#objects.get(path)
  }

  drop(path: string): void {
    this.#objects.delete(path)
  }

  async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString('utf8')
    const url = new URL(request.url ?? '/', 'http://fake')
    const merge = request.headers['content-type'] === 'application/merge-patch+json'
    const [status, body] = this.#handle(merge ? 'MERGE' : (request.method ?? 'GET'), url, text === '' ? {} : (JSON.parse(text) as Body))
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  #handle(method: string, { pathname, searchParams }: URL, body: Body): [number, object] {
    if (pathname === '/version') return [200, { gitVersion: 'v1.34.4' }]
    if (pathname === '/api' || pathname === '/apis') return [200, discovery(pathname === '/api')]
    const [, at, name, object] = pathname.match(OBJECT_PATH) ?? []
    const kind = KINDS.find((each) => root(each) === at && plural(each) === name)
    if (!kind) return [404, statusBody(404, 'the server could not find the requested resource', 'NotFound')]
    if (method === 'POST') return this.#create(`${pathname}/${body.metadata?.name}`, body)
    if (object === undefined) return [200, { kind: 'List', items: this.#list(kind, pathname, searchParams.get('labelSelector') ?? '') }]
    const old = this.#objects.get(pathname)
    if (method === 'PATCH') return this.#store(pathname, { ...body }, old)
    if (!old) return [404, statusBody(404, `${pathname} not found`, 'NotFound')]
    if (method === 'GET') return [200, old]
    const precondition = method === 'PUT' || method === 'MERGE' ? body.metadata?.resourceVersion : body.preconditions?.resourceVersion
    if (precondition !== undefined && precondition !== old.metadata['resourceVersion']) {
      return [409, statusBody(409, 'the object has been modified', 'Conflict')]
    }
    if (method === 'PUT') return this.#store(pathname, body, old)
    if (method === 'MERGE') return this.#store(pathname, mergePatch(old, body) as object, old)
    if (old.metadata.finalizers?.length) {
      const dying = { ...old, metadata: { ...old.metadata, deletionTimestamp: new Date().toISOString() } }
      this.#objects.set(pathname, dying)
      return [200, dying]
    }
    this.#objects.delete(pathname)
    return [200, { kind: 'Status', status: 'Success' }]
  }

  #create(path: string, body: Body): [number, object] {
    const namespace = path.match(/^(.*)\/namespaces\/([^/]+)\/[^/]+\/[^/]+$/)?.[2]
    if (namespace !== undefined && !this.#objects.has(`/api/v1/namespaces/${namespace}`)) {
      return [404, statusBody(404, `namespaces "${namespace}" not found`, 'NotFound')]
    }
    if (this.#objects.has(path)) return [409, statusBody(409, `${path} already exists`, 'AlreadyExists')]
    return this.#store(path, body, undefined)
  }

  #store(path: string, body: object, old: FakeObject | undefined): [number, object] {
    const given = body as FakeObject
    const managedFields = [{ manager: 'fake', time: new Date().toISOString() }]
    const uid = old?.metadata['uid']
    const kept = Object.entries(given.metadata).filter(([field]) => field !== 'resourceVersion')
    const metadata = { ...Object.fromEntries(kept), name: given.metadata.name, managedFields, ...(uid === undefined ? {} : { uid }) }
    this.put(path, { ...given, metadata })
    return [old ? 200 : 201, this.#objects.get(path) ?? {}]
  }

  #list(kind: string, path: string, selector: string): FakeObject[] {
    const inNamespace = path === `${root(kind)}/${plural(kind)}` ? `${root(kind)}/` : `${path}/`
    return [...this.#objects]
      .filter(([at]) => at.startsWith(inNamespace) && at.split('/').at(-2) === plural(kind))
      .filter(([, { metadata }]) => matches(metadata.labels ?? {}, selector))
      .map(([, { apiVersion: _, kind: __, ...rest }]) => rest)
  }
}

/** RFC 7396. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const merged: Record<string, unknown> = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = mergePatch(merged[key], value)
  }
  return merged
}

function matches(labels: Record<string, string>, selector: string): boolean {
  // A comma within `app in (a,b)` parts no terms.
  return selector.split(/,(?![^(]*\))/).every((term) => {
    const [, one = '', values] = /^(\S+) in \(([^)]*)\)$/.exec(term) ?? []
    if (values !== undefined) return values.split(',').includes(labels[one] ?? '')
    const [key = '', value] = term.split(/!?=/)
    if (value === undefined) return key === '' || key in labels
    return term.includes('!=') ? labels[key] !== value : labels[key] === value
  })
}

function root(kind: string): string {
  const groupVersion = kind.split(' ')[0] ?? ''
  return groupVersion.startsWith('/') ? `/api${groupVersion}` : `/apis/${groupVersion}`
}

function plural(kind: string): string {
  return (kind.split(' ')[1] ?? '').replace('!', '')
}

function discovery(core: boolean): object {
  const groups = new Map<string, { version: string; resources: object[] }[]>()
  for (const kind of KINDS.filter((each) => each.startsWith('/') === core)) {
    const [groupVersion = '', name = '', responseKind] = kind.split(' ')
    const [group = '', version = ''] = groupVersion.split('/')
    const scope = name.endsWith('!') ? 'Cluster' : 'Namespaced'
    const resource = {
      resource: name.replace('!', ''),
      responseKind: { kind: responseKind },
      scope,
      verbs: ['get', 'list', 'delete', 'patch'],
    }
    const versions = groups.get(group) ?? []
    const known = versions.find((each) => each.version === version)
    if (known) known.resources.push(resource)
    else versions.push({ version, resources: [resource] })
    groups.set(group, versions)
  }
  const items = [...groups].map(([name, versions]) => ({ metadata: { name }, versions }))
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', items }
}
