import { createHash } from 'node:crypto'
import { MeshproofError } from '../error.ts'
import type { Session } from './session.ts'

/**
 * The inbound filter chains of a proxy, by what a connection would run: `8080 tls`, `8080 plain`, `* tls`, `* plain`.
 * The value is a digest of the chains' whole content, and of the listener around them.
 */
export type InboundChains = ReadonlyMap<string, string>

/** How a proxy takes connections. */
export interface Inbound {
  readonly chains: InboundChains
  /** Whether other chains were accepted and do not run yet. */
  readonly warming: boolean
}

/** Whether Envoy runs what it accepted; what it rejected istiod tells. */
interface ProxyState {
  readonly warming: number
}

/** Asks a proxy's own admin interface, through a session in its container. */
export interface ProxyAdmin {
  /** A sidecar takes connections on one listener for all ports; a gateway on one for each. */
  inbound(of: 'sidecar' | 'gateway', signal: AbortSignal): Promise<Inbound>
  state(signal: AbortSignal): Promise<ProxyState>
  /** Its whole configuration, endpoints included, as it tells it: with its private keys left out. */
  config(signal: AbortSignal): Promise<string>
}

const ADMIN = 'http://localhost:15000'
const ADMIN_MS = 5_000
let asked = 0

/** @throws MeshproofError `admin-unreachable`; those of the session. */
export function proxyAdmin(session: Session): ProxyAdmin {
  return {
    inbound: async (of, signal) => {
      // Envoy matches the whole name; a gateway's listeners are called by address and port.
      const names = of === 'sidecar' ? 'virtualInbound' : '.*_[0-9]+'
      const url = `${ADMIN}/config_dump?resource=dynamic_listeners&name_regex=${encodeURIComponent(names)}`
      return readInbound(await fetchText(session, url, signal), of)
    },
    state: async (signal) => {
      const filter = '^(listener_manager\\.total_listeners_warming|cluster_manager\\.warming_clusters)$'
      return readState(await fetchText(session, `${ADMIN}/stats?filter=${encodeURIComponent(filter)}`, signal))
    },
    config: (signal) => fetchText(session, `${ADMIN}/config_dump?include_eds`, signal),
  }
}

/** The text of a URL as a container sees it. */
export async function fetchText(session: Session, url: string, signal: AbortSignal): Promise<string> {
  asked += 1
  const answer = await session.ask({ id: `admin-${asked}`, verb: 'b', args: [url], deadlineMs: ADMIN_MS, signal })
  if (answer.exit !== 0 || answer.status !== 200) {
    throw new MeshproofError({
      code: 'admin-unreachable',
      message: `${url} did not answer in ${session.pod.pod}.${session.pod.namespace}`,
      expected: 'status 200',
      seen: `curl exit ${answer.exit}, status ${answer.status} ${answer.text}`,
    })
  }
  const body = answer.body ?? ''
  return body.slice(body.indexOf('\r\n\r\n') + 4)
}

interface RawListener {
  readonly active_state?: {
    readonly listener?: {
      readonly filter_chains?: readonly Chain[]
      readonly address?: { readonly socket_address?: { readonly port_value?: number } }
    }
  }
  readonly warming_state?: unknown
}

interface Chain {
  readonly filter_chain_match?: { readonly destination_port?: number; readonly transport_protocol?: string }
}

/** Only `active_state` counts: a chain on its way out stands under `draining_state` for the drain time. */
export function readInbound(dump: string, of: 'sidecar' | 'gateway'): Inbound {
  const { configs = [] } = JSON.parse(dump) as { configs?: RawListener[] }
  const found = new Map<string, string[]>()
  for (const { active_state } of configs) {
    const { filter_chains: chains = [], ...around } = active_state?.listener ?? {}
    if (of === 'gateway') {
      // Its chains tell names apart, not ports: any of them can be a connection's.
      for (const kind of ['tls', 'plain']) found.set(`${around.address?.socket_address?.port_value} ${kind}`, [digest([around, chains])])
      continue
    }
    // Envoy swaps filter chains one by one only while the listener around them stays the same.
    const listener = digest([around])
    for (const chain of chains) {
      const { destination_port: port = '*', transport_protocol: transport } = chain.filter_chain_match ?? {}
      const key = `${port} ${transport === 'tls' ? 'tls' : 'plain'}`
      found.set(key, [...(found.get(key) ?? [listener]), JSON.stringify(chain)])
    }
  }
  const chains = new Map([...found].map(([key, parts]) => [key, digest(parts)]))
  return { chains, warming: configs.some(({ warming_state }) => warming_state !== undefined) }
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 16)
}

function readState(stats: string): ProxyState {
  const of = (name: RegExp) =>
    stats
      .split('\n')
      .filter((line) => name.test(line))
      .reduce((sum, line) => sum + Number(line.split(': ')[1] ?? 0), 0)
  return { warming: of(/warming/) }
}
