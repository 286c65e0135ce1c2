import { MeshproofError } from '../error.ts'
import { get, listPods, type PodView, readyEndpoints } from '../kube/get.ts'
import { address } from '../probe/question.ts'
import type { Cell, Destination } from '../scenario/model.ts'
import { appContainer, hasProxy, PROXY, type Stage } from './stage.ts'

/** A pod that takes questions, and the port as the pod has it, which is what its proxy and the wire see. */
export interface ServerEnd {
  readonly pod: PodView
  readonly port: number
}

/** The two ends of a cell, as they are on the cluster, and what lies between them. */
export interface Ends {
  readonly source: PodView
  /** The container that asks. */
  readonly container: string
  /** Whether the source's traffic leaves through its sidecar; from the sidecar's own container it does not. */
  readonly viaProxy: boolean
  /** The gateway that the question passes, if it does not answer by itself. */
  readonly gateway?: ServerEnd | undefined
  /** The pods of which one answers; none of ours behind a URL. */
  readonly servers: readonly ServerEnd[]
  /** The pods that the server may ask in turn. */
  readonly through: readonly ServerEnd[]
  /** What the probe dials, `host:port`. */
  readonly authority: string
  /** Scheme, host and port of a URL destination. */
  readonly origin?: string | undefined
  /** What the destination adds to the request: the Host of a gateway's virtual host. */
  readonly headers: Readonly<Record<string, string>>
}

/** All pods that a cell depends on. */
export function podsOf(ends: Ends): PodView[] {
  return [ends.source, ...answering(ends).map(({ pod }) => pod)]
}

/** All who take requests on a cell's way. */
export function answering({ gateway, servers, through }: Ends): ServerEnd[] {
  return [...(gateway ? [gateway] : []), ...servers, ...through]
}

export interface FoundEnds {
  /** Keyed by the cell's id. */
  readonly ends: Map<string, Ends>
  /** Why the others have none: `pod-missing`, `service-port-missing`, `gateway-scaled`. */
  readonly missing: ReadonlyMap<string, MeshproofError>
}

/** Finds both ends of every cell as they are now; pods stay the same until a step moves them. */
export async function findEnds(stage: Stage, cells: readonly Cell[]): Promise<FoundEnds> {
  const lookups: Lookups = {
    pod: remembered((namespace, app) => `${app}.${namespace}`, stage.pod),
    service: remembered(
      ({ app, namespace, port }) => `${app}.${namespace}:${port}`,
      (named: Named) => serversOf(stage, named),
    ),
  }
  const ends = new Map<string, Ends>()
  const missing = new Map<string, MeshproofError>()
  await Promise.all(
    cells.map(async (cell) => {
      try {
        ends.set(cell.id, await endsOf(cell, lookups))
      } catch (error) {
        if (!(error instanceof MeshproofError && NOT_THERE.has(error.code))) throw error
        missing.set(cell.id, error)
      }
    }),
  )
  return { ends, missing }
}

const NOT_THERE = new Set(['pod-missing', 'service-port-missing', 'gateway-scaled'])

/** A service's name, namespace and port. */
interface Named {
  readonly app: string
  readonly namespace: string
  readonly port: number
}

interface Lookups {
  readonly pod: (namespace: string, app: string) => Promise<PodView>
  readonly service: (named: Named) => Promise<readonly ServerEnd[]>
}

async function endsOf({ from, to, through = [] }: Cell, lookups: Lookups): Promise<Ends> {
  const [source, target, ...behind] = await Promise.all([
    lookups.pod(from.namespace, from.app),
    targetOf(to, lookups),
    ...through.map(lookups.service),
  ])
  const container = from.container ?? appContainer(source, from.app)
  const viaProxy = from.kind === undefined && hasProxy(source) && container !== PROXY
  const forwarded = from.kind === 'port-forward' && to.kind === 'pod' ? { authority: `localhost:${to.port}` } : {}
  return { source, container, viaProxy, ...target, through: behind.flat(), ...forwarded }
}

async function targetOf(to: Destination, { pod, service }: Lookups): Promise<Omit<Ends, 'source' | 'container' | 'viaProxy' | 'through'>> {
  switch (to.kind) {
    case 'service':
      return { servers: await service(to), authority: `${to.app}.${to.namespace}:${to.port}`, headers: {} }
    case 'pod': {
      const server = await pod(to.namespace, to.app)
      return { servers: [{ pod: server, port: to.port }], authority: address(server.ip, to.port), headers: {} }
    }
    case 'gateway': {
      const [gateways, servers] = await Promise.all([service({ ...to, app: to.name }), to.behind ? service(to.behind) : []])
      const [gateway, other] = gateways
      if (gateway && !other) return { gateway, servers, authority: `${to.name}.${to.namespace}:${to.port}`, headers: { Host: to.host } }
      throw new MeshproofError({
        code: 'gateway-scaled',
        message: `${to.text} has ${gateways.length} pods`,
        expected: 'one: which of several a question passes cannot be foreseen',
        next: `kubectl -n ${to.namespace} scale deployment/${to.name} --replicas 1`,
      })
    }
    case 'url':
      return { servers: [], authority: new URL(to.url).host, origin: to.url, headers: {} }
  }
}

async function serversOf({ cluster, signal }: Stage, { app, namespace, port }: Named): Promise<readonly ServerEnd[]> {
  const [service, endpoints, there] = await Promise.all([
    get(cluster, { group: '', kind: 'Service', namespace, name: app }, { signal }),
    readyEndpoints(cluster, { namespace, name: app }, { signal }),
    listPods(cluster, { namespace, signal }),
  ])
  const spec = service?.spec as { ports?: { port: number; name?: string }[] } | undefined
  const named = spec?.ports?.find((one) => one.port === port)
  const found = endpoints.flatMap(({ podUid, ports }): ServerEnd[] => {
    const pod = there.find(({ uid }) => uid === podUid)
    const target = named && ports.find(({ name }) => name === (named.name ?? ''))
    return pod && target ? [{ pod, port: target.port }] : []
  })
  if (found.length > 0) return found
  throw new MeshproofError({
    code: 'service-port-missing',
    message: `${app}.${namespace}:${port} has no ready endpoint`,
    expected: `a Service ${app} in ${namespace} with port ${port} and a ready pod`,
    seen: service
      ? `ports ${spec?.ports?.map((one) => one.port).join(', ') ?? 'none'}; ${endpoints.length > 0 ? 'a ready endpoint' : 'no ready endpoint'}`
      : 'no such Service',
    next: `kubectl -n ${namespace} get service,endpointslices`,
  })
}

/** Looks up once for each key; a failure is everybody's. */
function remembered<A extends readonly unknown[], T>(
  keyOf: (...args: A) => string,
  look: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  const kept = new Map<string, Promise<T>>()
  return (...args) => {
    const key = keyOf(...args)
    const looking = kept.get(key) ?? look(...args)
    kept.set(key, looking)
    return looking
  }
}
