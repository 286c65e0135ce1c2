import { MeshproofError } from '../error.ts'
import type { ObjectKey } from '../scenario/model.ts'
import { fetchText } from './proxy.ts'
import type { Session } from './session.ts'

/** How far one proxy is, by type of configuration (`LDS`, `CDS`, …). */
export interface ProxySync {
  /** `httpbin-654df84766-t4z2x.foo`. */
  readonly proxy: string
  readonly types: ReadonlyMap<string, { readonly sent: string; readonly acked: string; readonly error?: string | undefined }>
}

/** istiod's own account of the mesh, over all its replicas. */
export interface Istiod {
  /** The resourceVersion that every replica's store holds of an object; undefined when none does; `differs` while they disagree. */
  storedVersion(key: ObjectKey, signal: AbortSignal): Promise<string | undefined>
  /** All connected proxies. */
  syncs(signal: AbortSignal): Promise<readonly ProxySync[]>
  /** The mesh's configuration as each replica holds it. */
  meshConfigs(signal: AbortSignal): Promise<readonly unknown[]>
  /** Addresses that each replica sends a service's traffic to, by `service.namespace`. */
  endpoints(signal: AbortSignal): Promise<readonly ReadonlyMap<string, ReadonlySet<string>>[]>
  /** Whether every replica's push context, from which proxies are configured, holds this policy with this mark. */
  pushesPolicy(policy: { namespace: string; name: string; mark: string }, signal: AbortSignal): Promise<boolean>
}

const DEBUG = 'http://localhost:8080/debug'

/** @throws MeshproofError `istiod-gone` where there is no session; `admin-unreachable` and those of the sessions. */
export function istiodOf(sessions: readonly Session[]): Istiod {
  const all = async (path: string, signal: AbortSignal) => {
    if (sessions.length === 0) throw new MeshproofError({ code: 'istiod-gone', message: 'no istiod is running', next: 'meshproof doctor' })
    return Promise.all(sessions.map(async (session) => JSON.parse(await fetchText(session, `${DEBUG}/${path}`, signal)) as unknown))
  }
  return {
    storedVersion: async (key, signal) => {
      const versions = new Set((await all('configz', signal)).map((configs) => versionOf(configs as RawConfig[], key)))
      return versions.size === 1 ? [...versions][0] : 'differs'
    },
    syncs: async (signal) => (await all('syncz', signal)).flatMap((found) => (found as RawSync[]).map(readSync)),
    endpoints: async (signal) => (await all('endpointShardz', signal)).map((shards) => readShards(shards as RawShards)),
    meshConfigs: async (signal) => all('mesh', signal),
    pushesPolicy: async ({ namespace, name, mark }, signal) =>
      (await all('authorizationz', signal)).every((found) => {
        const policies = (found as RawPolicies).authorization_policies?.namespace_to_policies?.[namespace] ?? []
        return policies.some((policy) => policy.name === name && JSON.stringify(policy).includes(mark))
      }),
  }
}

interface RawConfig {
  readonly kind?: string
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly resourceVersion?: string }
}

interface RawPolicies {
  readonly authorization_policies?: { readonly namespace_to_policies?: Readonly<Record<string, { readonly name?: string }[]>> }
}

interface RawSync {
  readonly proxy?: string
  readonly resources?: Readonly<Record<string, { readonly sent?: string; readonly acked?: string; readonly lastError?: string }>>
}

/** By host name, then by namespace. */
type RawShards = Readonly<Record<string, Readonly<Record<string, { readonly Shards?: Readonly<Record<string, RawEndpoint[] | null>> }>>>>

interface RawEndpoint {
  readonly Addresses?: readonly string[] | null
  readonly HealthStatus?: number
}

/** Others (unhealthy, draining, terminating) are known to istiod, but take no traffic. */
const HEALTHY = 1

function readShards(shards: RawShards): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const [host, byNamespace] of Object.entries(shards)) {
    const [name = ''] = host.split('.')
    for (const [namespace, { Shards = {} }] of Object.entries(byNamespace)) {
      const healthy = Object.values(Shards).flatMap((endpoints) => (endpoints ?? []).filter(({ HealthStatus }) => HealthStatus === HEALTHY))
      found.set(`${name}.${namespace}`, new Set(healthy.flatMap(({ Addresses }) => Addresses ?? [])))
    }
  }
  return found
}

function versionOf(configs: readonly RawConfig[], { kind, name, namespace }: ObjectKey): string | undefined {
  return configs.find((one) => one.kind === kind && one.metadata?.name === name && one.metadata.namespace === namespace)?.metadata
    ?.resourceVersion
}

function readSync({ proxy = '', resources = {} }: RawSync): ProxySync {
  const types = Object.entries(resources).map(([url, { sent = '', acked = '', lastError }]) => {
    const type = url.slice(url.lastIndexOf('.') + 1)
    return [type, { sent, acked, error: lastError === '' ? undefined : lastError }] as const
  })
  return { proxy, types: new Map(types) }
}
