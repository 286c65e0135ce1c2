import { setTimeout as pause } from 'node:timers/promises'
import { type Cluster, OWNER_LABEL } from '../kube/cluster.ts'
import { listPods, type PodView } from '../kube/get.ts'
import { OWNER } from '../mesh/world-objects.ts'

interface WatchOptions {
  readonly cluster: Cluster
  /** Values of the label `app`. */
  readonly apps: readonly string[]
  readonly namespaces: readonly string[]
  readonly signal: AbortSignal
  /** A pod whose containers run, once for each. When it fails, it is called again at the next look. */
  readonly onPod: (pod: PodView) => Promise<void>
  /** A pod that was ready and is no more, or is gone; once for each that was told of before. */
  readonly onLeaving: (pod: PodView) => Promise<void>
  /** What went wrong with a look or a call. */
  readonly onFault: (error: unknown) => void
}

/** Between two looks, milliseconds: a new pod waits so long for whoever listens to it. */
const EVERY_MS = 200

/** Looks after pods that come and go, until the signal aborts. Never throws. */
export async function watchPods(options: WatchOptions): Promise<void> {
  const { cluster, apps, namespaces, signal, onFault } = options
  const known = new Map<string, { readonly pod: PodView; ready: boolean; leaving: boolean }>()
  const labelSelector = `${OWNER_LABEL}=${OWNER},app in (${apps.join(',')})`
  const call = (work: Promise<void>, failed?: () => void) =>
    void work.catch((error: unknown) => {
      failed?.()
      if (!signal.aborted) onFault(error)
    })
  const look = async () => {
    const pods = (await listPods(cluster, { labelSelector, signal })).filter(({ namespace }) => namespaces.includes(namespace))
    for (const pod of pods) {
      if (known.has(pod.uid) || pod.phase !== 'Running' || pod.ip === '') continue
      known.set(pod.uid, { pod, ready: pod.ready, leaving: false })
      call(options.onPod(pod), () => known.delete(pod.uid))
    }
    for (const one of known.values()) {
      const now = pods.find(({ uid }) => uid === one.pod.uid)
      if (now?.ready) one.ready = true
      if (one.leaving || (now && (now.ready || !one.ready))) continue
      one.leaving = true
      call(options.onLeaving(one.pod))
    }
  }
  while (!signal.aborted) {
    await look().catch((error: unknown) => {
      if (!signal.aborted) onFault(error)
    })
    await pause(EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
}
