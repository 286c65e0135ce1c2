import { EXIT, MeshproofError } from '../error.ts'
import { get, type PodView, readyEndpoints } from '../kube/get.ts'
import { address } from '../probe/question.ts'
import type { Cell, Destination, Scenario } from '../scenario/model.ts'
import { hasProxy, PROXY, type Stage } from './stage.ts'

/** The two ends of a cell, as they are on the cluster. */
export interface Ends {
  readonly source: PodView
  /** The container that asks. */
  readonly container: string
  /** Whether the source's traffic leaves through its sidecar; from the sidecar's own container it does not. */
  readonly viaProxy: boolean
  readonly server: PodView
  /** The port as the server's pod has it, which is what its proxy and the wire see. */
  readonly serverPort: number
  /** What the probe dials. */
  readonly authority: string
}

/** Finds both ends of every cell of a scenario; the pods stay the same for all of it. Keyed by the cell's id. */
export async function findEnds(stage: Stage, scenario: Scenario): Promise<ReadonlyMap<string, Ends>> {
  const pods = new Map<string, Promise<PodView>>()
  const pod = (namespace: string, app: string) => {
    const key = `${app}.${namespace}`
    const there = pods.get(key) ?? stage.pod(namespace, app)
    pods.set(key, there)
    return there
  }
  const ports = new Map<string, Promise<number>>()
  const portOf = (to: Destination & { kind: 'service' }) => {
    const there = ports.get(to.text) ?? targetPort(stage, to)
    ports.set(to.text, there)
    return there
  }
  const cells = scenario.steps.flatMap((step) => step.cells)
  const found = await Promise.all(cells.map(async (cell) => [cell.id, await endsOf(cell, { pod, portOf })] as const))
  return new Map(found)
}

interface Lookups {
  readonly pod: (namespace: string, app: string) => Promise<PodView>
  readonly portOf: (to: Destination & { kind: 'service' }) => Promise<number>
}

async function endsOf({ from, to, question, where }: Cell, { pod, portOf }: Lookups): Promise<Ends> {
  if (question.kind === 'http' && question.token) {
    // Asked without its token the cell would be judged on another question.
    throw new MeshproofError({ code: 'token-unsupported', message: 'tokens cannot be minted yet', where, exit: EXIT.usage })
  }
  if (to.kind !== 'service' && to.kind !== 'pod') {
    throw new MeshproofError({
      code: 'destination-unsupported',
      message: `${to.text}: gateways and URLs cannot be asked yet`,
      expected: 'app.namespace:port or pod/app.namespace:port',
      where,
      exit: EXIT.usage,
    })
  }
  const [source, server] = await Promise.all([pod(from.namespace, from.app), pod(to.namespace, to.app)])
  const container = from.container ?? from.app
  return {
    source,
    container,
    viaProxy: hasProxy(source) && container !== PROXY,
    server,
    serverPort: to.kind === 'pod' ? to.port : await portOf(to),
    authority: to.kind === 'pod' ? address(server.ip, to.port) : `${to.app}.${to.namespace}:${to.port}`,
  }
}

async function targetPort({ cluster, signal }: Stage, { app, namespace, port, text }: Destination & { kind: 'service' }): Promise<number> {
  const [service, [endpoint]] = await Promise.all([
    get(cluster, { group: '', kind: 'Service', namespace, name: app }, { signal }),
    readyEndpoints(cluster, { namespace, name: app }, { signal }),
  ])
  const spec = service?.spec as { ports?: { port: number; name?: string }[] } | undefined
  const named = spec?.ports?.find((one) => one.port === port)
  const target = endpoint?.ports.find(({ name }) => name === (named?.name ?? ''))
  if (named && target) return target.port
  throw new MeshproofError({
    code: 'service-port-missing',
    message: `${text} has no ready endpoint`,
    expected: `a Service ${app} in ${namespace} with port ${port} and a ready pod`,
    seen: service
      ? `ports ${spec?.ports?.map((one) => one.port).join(', ') ?? 'none'}; ${endpoint ? 'a ready endpoint' : 'no ready endpoint'}`
      : 'no such Service',
    next: `kubectl -n ${namespace} get service,endpointslices`,
  })
}
