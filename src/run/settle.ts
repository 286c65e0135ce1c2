import { MeshproofError } from '../error.ts'
import { apply } from '../kube/apply.ts'
import { HOME_NAMESPACE } from '../kube/cluster.ts'
import type { Istiod, ProxySync } from '../probe/istiod.ts'
import { formatKey } from '../scenario/format.ts'
import type { ObjectKey } from '../scenario/model.ts'
import { waitFor } from '../wait.ts'
import type { Fact } from './fact.ts'
import type { Stage } from './stage.ts'

/** A change that the API server took: the object's new version, or none after a delete. */
export interface Change {
  readonly key: ObjectKey
  readonly resourceVersion: string | undefined
}

/** The mesh's configuration at one moment: each proxy's nonces. Equal text means that nothing was sent in between. */
export type Nonces = ReadonlyMap<string, string>

export interface Settled {
  /** Proxies that were sent something since `before`, `httpbin-….foo`. */
  readonly altered: readonly string[]
  readonly nonces: Nonces
}

interface SettleOptions {
  readonly stage: Stage
  readonly runId: string
  readonly changes: readonly Change[]
  /** What istiod must show besides its store. */
  readonly facts?: readonly Fact[]
  /** The nonces before the first change. */
  readonly before: Nonces
  /** Proxies that must be connected to istiod, `httpbin-….foo`: one whose pod has only become ready may not be yet. */
  readonly needed?: readonly string[]
  readonly deadlineMs: number
}

let marks = 0

/**
 * Waits until a step's changes have arrived, by facts alone:
 *
 * 1. istiod's store holds every changed object's version (or no longer holds the object);
 * 2. a marker, written after that, stands in the push context that proxies are configured from. The marker is a policy in a
 *    namespace without proxies, so it alters none; but a push context that has it was made after the changes were in the store;
 * 3. every connected proxy has acknowledged all that it was sent, without an error.
 *
 * What is asked afterwards is judged only if the nonces are still the same then (`assertUnmoved`): a push that was late
 * discards the answers instead of spoiling them.
 * @throws MeshproofError `not-propagated` naming the objects or proxies that are behind.
 */
export async function settle({ stage, runId, changes, facts = [], before, needed = [], deadlineMs }: SettleOptions): Promise<Settled> {
  const istiod = await stage.istiod()
  const end = performance.now() + deadlineMs
  const left = () => Math.max(1, end - performance.now())
  if (changes.length + facts.length > 0) {
    await Promise.all([stored(stage, istiod, { changes, deadlineMs: left() }), ...facts.map((fact) => shown(stage, fact, left()))])
    await marked(stage, istiod, { runId, deadlineMs: left() })
  }
  const syncs = await acknowledged(stage, istiod, { needed, deadlineMs: left() })
  const nonces = noncesOf(syncs)
  return { nonces, altered: syncs.map(({ proxy }) => proxy).filter((proxy) => nonces.get(proxy) !== before.get(proxy)) }
}

/** The mesh's nonces now. */
export async function readNonces(stage: Stage): Promise<Nonces> {
  return noncesOf(await (await stage.istiod()).syncs(stage.signal))
}

/** Proxies that were sent something since, or came or went. */
export function moved(then: Nonces, now: Nonces): string[] {
  return [...new Set([...then.keys(), ...now.keys()])].filter((proxy) => then.get(proxy) !== now.get(proxy))
}

async function stored(stage: Stage, istiod: Istiod, { changes, deadlineMs }: { changes: readonly Change[]; deadlineMs: number }) {
  // Only the last change of an object counts: a delete and an apply of the same one may stand in one step.
  const last = new Map(changes.filter(({ key }) => isInStore(key)).map((change) => [formatKey(change.key), change]))
  await Promise.all(
    [...last.values()].map(({ key, resourceVersion }) =>
      waitFor({
        what: `${formatKey(key)} in istiod's store`,
        code: 'not-propagated',
        deadlineMs,
        everyMs: 5,
        signal: stage.signal,
        look: async (signal) => {
          const there = await istiod.storedVersion(key, signal)
          return there === resourceVersion ? { done: true } : { seen: `version ${there ?? 'none'}, expected ${resourceVersion ?? 'none'}` }
        },
      }),
    ),
  )
}

/** istiod's store holds Istio's and the Gateway API's kinds, and no others. */
function isInStore({ group }: ObjectKey): boolean {
  return group.endsWith('istio.io') || group === 'gateway.networking.k8s.io'
}

async function shown({ signal }: Stage, { what, look, next }: Fact, deadlineMs: number): Promise<void> {
  await waitFor({ what, code: 'not-propagated', deadlineMs, everyMs: 10, signal, look, ...(next ? { next } : {}) })
}

async function marked(stage: Stage, istiod: Istiod, { runId, deadlineMs }: { runId: string; deadlineMs: number }) {
  // In the spec, since istiod passes over an update that leaves it as it was. It selects no pod.
  marks += 1
  const mark = `${runId}-${marks}`
  const outcome = await apply(
    stage.cluster,
    {
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: { name: 'meshproof-marker', namespace: HOME_NAMESPACE },
      spec: {
        selector: { matchLabels: { 'meshproof.dev/marker': mark } },
        action: 'DENY',
        rules: [{ to: [{ operation: { ports: ['1'] } }] }],
      },
    },
    { runId, signal: stage.signal },
  )
  if (outcome.kind === 'refused')
    throw new MeshproofError({ code: 'marker-refused', message: 'the marker policy was refused', seen: outcome.message })
  await waitFor({
    what: "the marker in istiod's push context",
    code: 'not-propagated',
    deadlineMs,
    everyMs: 2,
    signal: stage.signal,
    look: async (signal) => {
      const there = await istiod.pushesPolicy({ namespace: HOME_NAMESPACE, name: 'meshproof-marker', mark }, signal)
      return there ? { done: true } : { seen: `no push context with the mark ${mark} yet` }
    },
  })
}

async function acknowledged(
  stage: Stage,
  istiod: Istiod,
  { needed, deadlineMs }: { needed: readonly string[]; deadlineMs: number },
): Promise<readonly ProxySync[]> {
  let previous = ''
  return waitFor({
    what: 'every proxy runs what istiod sent it',
    code: 'not-propagated',
    deadlineMs,
    everyMs: 2,
    signal: stage.signal,
    look: async (signal) => {
      const syncs = await istiod.syncs(signal)
      const connected = new Set(syncs.map(({ proxy }) => proxy))
      const absent = needed.filter((proxy) => !connected.has(proxy)).map((proxy) => `the proxy of ${proxy} is not connected to istiod`)
      const behind = [...absent, ...syncs.flatMap(behindOn)]
      const now = JSON.stringify([...noncesOf(syncs)])
      // Two equal looks: the pushes leave within a moment of each other, and this spares asking too early.
      const steady = now === previous
      previous = now
      if (behind.length > 0) return { seen: behind.join('; ') }
      return steady ? { done: syncs } : { seen: 'pushes are on their way' }
    },
  })
}

function behindOn({ proxy, types }: ProxySync): string[] {
  return [...types].flatMap(([type, { sent, acked, error }]) => {
    if (error) return [`${proxy} rejected its ${type}: ${error}`]
    return sent === acked ? [] : [`${proxy} has not acknowledged its ${type}`]
  })
}

function noncesOf(syncs: readonly ProxySync[]): Nonces {
  return new Map(
    syncs.map(({ proxy, types }) => [
      proxy,
      [...types]
        .map(([type, { sent }]) => `${type}=${sent}`)
        .sort()
        .join(' '),
    ]),
  )
}
