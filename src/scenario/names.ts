import type { Decider, Destination, ObjectKey, ServicePort, Source } from './model.ts'
import { suggest } from './suggest.ts'
import { JWT_FAULTS } from './token.ts'

/** A name that could not be read: why, and what to write. */
export interface Fault {
  readonly reason: string
  readonly next?: string | undefined
}

const LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?'
const SOURCE = new RegExp(`^(${LABEL})\\.(${LABEL})(?:/(${LABEL}))?$`)
const DESTINATION = new RegExp(`^(?:(pod|gateway)/)?(${LABEL})\\.(${LABEL}):(\\d{1,5})$`)
const OBJECT_KEY = new RegExp(`^([A-Z][A-Za-z0-9]*)(?:\\.([a-z0-9.-]+))?/([a-z0-9](?:[-.a-z0-9]*[a-z0-9])?)\\.(${LABEL})$`)
const ARGUMENT = /^(jwt|ext-authz)\((.*)\)$/

/** Words that are deciders; a policy of such a name is written with its namespace. */
const DECIDER_WORDS = ['no-allow', 'strict', 'tls-mismatch', 'no-route', 'ext-authz-error', 'bad-provider', 'app'] as const

/** `sleep.foo`, `sleep.foo/istio-proxy`; `port-forward`, whose app is the destination's. */
export function readSource(text: string): Source | Fault {
  if (text === 'port-forward') return { kind: 'port-forward', app: '', namespace: '', text }
  const match = SOURCE.exec(text)
  if (!match) return { reason: `\`${text}\` is not a source`, next: 'write `app.namespace`, `app.namespace/istio-proxy` or `port-forward`' }
  const [, app = '', namespace = '', container] = match
  return { app, namespace, text, ...(container === undefined ? {} : { container }) }
}

/** What an expect item says of its gateway besides the destination. */
export interface Beyond {
  /** The Host header. */
  readonly host: string | undefined
  /** The service behind it, as written. */
  readonly behind: string | undefined
}

/** `httpbin.foo:8000`, `pod/tcp-echo.foo:9002`, `gateway/name.namespace:80`, `https://name`. */
export function readDestination(text: string, beyond: Beyond): Destination | Fault {
  if (/^https?:\/\//.test(text)) return readUrl(text)
  const match = DESTINATION.exec(text)
  const next = 'write `app.namespace:port`, `pod/app.namespace:port`, `gateway/name.namespace:port` or a URL'
  if (!match) return { reason: `\`${text}\` is not a destination`, next }
  const [, kind = 'service', name = '', namespace = '', digits = ''] = match
  const port = Number(digits)
  if (port < 1 || port > 65_535) return { reason: `${digits} is not a port`, next: 'ports go from 1 to 65535' }
  if (kind !== 'gateway') return { kind: kind === 'pod' ? 'pod' : 'service', app: name, namespace, port, text }
  const { host, behind } = beyond
  if (host === undefined) return { reason: 'a gateway needs to be asked for a host', next: 'add `host: …` to this expect item' }
  if (behind === undefined) {
    return { reason: 'who answers behind the gateway is not said', next: 'add `behind: app.namespace:port` to this expect item' }
  }
  const service = readService(behind)
  return 'reason' in service ? service : { kind, name, namespace, port, host, behind: service, text }
}

/** `httpbin.foo:8000`. */
export function readService(text: string): ServicePort | Fault {
  const server = readDestination(text, { host: undefined, behind: undefined })
  if ('reason' in server) return server
  if (server.kind !== 'service') return { reason: `\`${text}\` is not a service`, next: 'write `app.namespace:port`' }
  const { kind: _, ...service } = server
  return service
}

function readUrl(text: string): Destination | Fault {
  if (!URL.canParse(text)) return { reason: `\`${text}\` is not a URL` }
  const { origin, pathname, search, hash } = new URL(text)
  const rest = `${pathname}${search}${hash}`
  if (rest === '/') return { kind: 'url', url: origin, text }
  return {
    reason: `\`${rest}\` belongs to the request`,
    next: `write \`${origin}\` here, and the path after the method: \`http: GET ${rest}\``,
  }
}

/** `PeerAuthentication/default.foo`, `Deployment.apps/x.foo`. Without a group it is left open. */
export function readObjectKey(text: string): (Omit<ObjectKey, 'group'> & { readonly group: string | undefined }) | Fault {
  const match = OBJECT_KEY.exec(text)
  if (!match) return { reason: `\`${text}\` does not name an object`, next: 'write `Kind/name.namespace` or `Kind.group/name.namespace`' }
  const [, kind = '', group, name = '', namespace = ''] = match
  return { group, kind, name, namespace }
}

/** A policy that a cell can name. */
export interface PolicyName {
  readonly name: string
  readonly namespace: string
}

/** What stands after `by`; a bare policy name is looked up in `policies`, all that the scenario applies. */
export function readDecider(text: string, policies: readonly PolicyName[]): Decider | Fault {
  const word = DECIDER_WORDS.find((candidate) => candidate === text)
  if (word) return { kind: word }
  const [, call, argument = ''] = ARGUMENT.exec(text) ?? []
  if (call === 'ext-authz') {
    return argument === ''
      ? { reason: 'ext-authz needs the provider', next: 'write `ext-authz(provider)`' }
      : { kind: 'ext-authz', provider: argument }
  }
  if (call === 'jwt') {
    const fault = JWT_FAULTS.find((candidate) => candidate === argument)
    if (fault) return { kind: 'jwt', fault }
    return {
      reason: `\`${argument}\` is no fault of a JWT`,
      next: suggest(argument, JWT_FAULTS) ?? `write one of ${JWT_FAULTS.join(', ')}`,
    }
  }
  if (text === 'jwt') return { reason: 'jwt needs its fault', next: `write \`jwt(…)\` with one of ${JWT_FAULTS.join(', ')}` }
  if (text === 'ext-authz') return { reason: 'ext-authz needs the provider', next: 'write `ext-authz(provider)`' }
  return resolvePolicy(text, policies)
}

function resolvePolicy(text: string, policies: readonly PolicyName[]): Decider | Fault {
  const full = policies.find((policy) => `${policy.name}.${policy.namespace}` === text)
  if (full) return { kind: 'policy', name: full.name, namespace: full.namespace }
  const named = policies.filter((policy) => policy.name === text)
  const [only, other] = named
  if (only && !other) return { kind: 'policy', name: only.name, namespace: only.namespace }
  if (only) {
    const choices = named.map((policy) => `\`${policy.name}.${policy.namespace}\``)
    return { reason: `\`${text}\` is the name of ${named.length} policies`, next: `write ${choices.join(' or ')}` }
  }
  const candidates = [...policies.flatMap((policy) => [policy.name, `${policy.name}.${policy.namespace}`]), ...DECIDER_WORDS]
  return { reason: `no step applies an AuthorizationPolicy \`${text}\``, next: suggest(text, candidates) }
}
