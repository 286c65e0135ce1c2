import { setTimeout as pause } from 'node:timers/promises'
import { MeshproofError } from '../error.ts'
import type { Cluster, PodRef } from '../kube/cluster.ts'
import { followLogs } from '../kube/logs.ts'

interface Following {
  readonly cluster: Cluster
  readonly pod: PodRef
  readonly signal: AbortSignal
  /** A line may come twice: after a cut the log is read again from a little before it. */
  readonly onLine: (line: string) => void
  /** Why nothing more comes. What the pod still wrote then shows in the account of its numbers. */
  readonly onEnd: (reason: string) => void
}

/** Seconds back that hold all of a young pod's log. */
const WHOLE = 1_000_000
/** The API server notes whole seconds. */
const OVERLAP_S = 3
/** Between two tries to read on, milliseconds. */
const AGAIN_MS = 200

/**
 * Follows a container's log from its first line until the pod is gone, however often the link is cut.
 * Resolves when it is followed. @throws MeshproofError of `followLogs`.
 */
export async function followPod({ cluster, pod, signal, onLine, onEnd }: Following): Promise<void> {
  let last = Date.now()
  const open = (sinceSeconds: number) =>
    followLogs(cluster, pod, {
      signal,
      sinceSeconds,
      onLine: (line) => {
        last = Date.now()
        onLine(line)
      },
    })
  const first = await open(WHOLE)
  const goOn = async () => {
    let reason = await first.ended
    while (!signal.aborted && reason !== 'the log ended') {
      await pause(AGAIN_MS, undefined, { signal })
      reason = await readOn().catch(unlessLasting)
    }
    return reason
  }
  const readOn = async () => (await open(Math.ceil((Date.now() - last) / 1_000) + OVERLAP_S)).ended
  goOn().then(onEnd, (error: unknown) => onEnd(error instanceof Error ? error.message : String(error)))
}

/** A pod that is gone has no log any more; an API server that does not answer has it again later. */
function unlessLasting(error: unknown): string {
  if (error instanceof MeshproofError && TRANSIENT.has(error.code)) return error.message
  throw error
}

const TRANSIENT = new Set(['api-unreachable', 'api-timeout', 'api-busy'])
