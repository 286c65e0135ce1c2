import { setMaxListeners } from 'node:events'
import { MeshproofError } from '../error.ts'
import type { Cluster, PodRef } from '../kube/cluster.ts'
import { get, listPods, type PodView } from '../kube/get.ts'
import { type AccessLog, openAccessLog } from '../probe/access-log.ts'
import { startCapture } from '../probe/capture.ts'
import type { Capture } from '../probe/capture-types.ts'
import { type Istiod, istiodOf } from '../probe/istiod.ts'
import { openSession, type Session } from '../probe/session.ts'
import { type Credentials, openCredentials } from './credentials.ts'

/** The sidecar's container. */
export const PROXY = 'istio-proxy'
/** The capture container of pods without a sidecar. */
const CAPTURE = 'capture'

/** Everything that a run keeps open on a cluster, opened when first asked for and closed once at the end. */
export interface Stage {
  readonly cluster: Cluster
  readonly signal: AbortSignal
  readonly credentials: Credentials
  /** A ready pod of a workload now: of the Deployment with this name, else one whose label `app` it is. @throws MeshproofError `pod-missing`. */
  pod(namespace: string, app: string): Promise<PodView>
  session(ref: PodRef): Promise<Session>
  log(pod: PodView): Promise<AccessLog>
  /** A capture of these container ports. The ports of a pod are those of its first call. */
  capture(pod: PodView, ports: readonly number[]): Promise<Capture>
  istiod(): Promise<Istiod>
  /** A session outside the mesh's redirection, for plain-text control connections: istiod's own pod. */
  outside(): Promise<Session>
  close(): Promise<void>
}

/** Whether a pod has a sidecar. */
export function hasProxy(pod: PodView): boolean {
  return pod.containers.includes(PROXY)
}

/** Whether a pod is nothing but a proxy. */
export function isGateway(pod: PodView): boolean {
  return hasProxy(pod) && pod.containers.every((container) => container === PROXY)
}

/** The container of a pod that is the app's own. */
export function appContainer(pod: PodView, app: string): string {
  return pod.containers.find((name) => name === app) ?? pod.containers.find((name) => name !== PROXY && name !== CAPTURE) ?? app
}

/** Opens nothing yet. `signal` ends every session, log and capture. */
export function openStage(cluster: Cluster, signal: AbortSignal): Stage {
  // Every stream of the run listens to this one signal.
  setMaxListeners(0, signal)
  const sessions = new Map<string, Promise<Session>>()
  const logs = new Map<string, Promise<AccessLog>>()
  const captures = new Map<string, Promise<Capture>>()

  const once = <T>(kept: Map<string, Promise<T>>, key: string, open: () => Promise<T>): Promise<T> => {
    const there = kept.get(key)
    if (there) return there
    const opening = open()
    kept.set(key, opening)
    // A failed opening is tried again by the next who asks.
    opening.catch(() => kept.delete(key))
    return opening
  }
  const session = (ref: PodRef) => once(sessions, `${ref.namespace}/${ref.pod}/${ref.container}`, () => openSession(cluster, ref, signal))
  const istiodSessions = async () => {
    const pods = await listPods(cluster, { namespace: 'istio-system', labelSelector: 'app=istiod', signal })
    const ready = pods.filter((pod) => pod.ready)
    return Promise.all(ready.map((pod) => session({ namespace: pod.namespace, pod: pod.name, container: 'discovery' })))
  }

  return {
    cluster,
    signal,
    credentials: openCredentials(cluster, signal),
    pod: async (namespace, app) => {
      const labelSelector = await selectorOf(cluster, { namespace, name: app }, signal)
      const pods = await listPods(cluster, { namespace, labelSelector, signal })
      const ready = pods.find((pod) => pod.ready && pod.ip !== '')
      if (ready) return ready
      throw new MeshproofError({
        code: 'pod-missing',
        message: `${app}.${namespace} has no ready pod`,
        seen: pods.map((pod) => `${pod.name} ${pod.phase}`).join(', ') || 'no pod at all',
        next: `kubectl -n ${namespace} get pods -l ${labelSelector}`,
      })
    },
    session,
    log: (pod) => once(logs, pod.uid, () => openAccessLog(cluster, { namespace: pod.namespace, pod: pod.name, container: PROXY }, signal)),
    capture: (pod, ports) =>
      once(captures, pod.uid, async () => {
        const container = hasProxy(pod) ? PROXY : CAPTURE
        const capture = await startCapture(cluster, { pod: { namespace: pod.namespace, pod: pod.name, container }, ports, signal })
        await capture.listening
        return capture
      }),
    istiod: async () => istiodOf(await istiodSessions()),
    outside: async () => {
      const [first] = await istiodSessions()
      if (!first) throw new MeshproofError({ code: 'istiod-gone', message: 'no istiod is running', next: 'meshproof doctor' })
      return first
    },
    close: async () => {
      const stopping = await Promise.allSettled([...captures.values()].map(async (capture) => (await capture).stop()))
      for (const one of [...sessions.values(), ...logs.values()]) one.then((it) => it.close()).catch(() => {})
      const failed = stopping.find((one) => one.status === 'rejected')
      if (failed?.status === 'rejected' && !signal.aborted) throw failed.reason
    },
  }
}

/** Selects a workload's pods: a version of an app (`reviews-v1`) is a Deployment, and shares its label with the others. */
async function selectorOf(
  cluster: Cluster,
  { namespace, name }: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<string> {
  const deployment = await get(cluster, { group: 'apps', kind: 'Deployment', namespace, name }, { signal })
  const spec = deployment?.spec as { selector?: { matchLabels?: Readonly<Record<string, string>> } } | undefined
  const labels = Object.entries(spec?.selector?.matchLabels ?? { app: name })
  return labels.map(([key, value]) => `${key}=${value}`).join(',')
}
