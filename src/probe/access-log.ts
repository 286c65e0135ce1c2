import { withDeadline } from '../deadline.ts'
import type { Cluster, PodRef } from '../kube/cluster.ts'
import { followLogs } from '../kube/logs.ts'
import type { Address } from './capture-types.ts'

/** One line of a proxy's access log, in the keys of `kind/values/istiod.yaml`. Absent values are null. */
export interface LogLine {
  /** Its place among the lines that were followed, from 0: the order in which the proxy wrote them. */
  readonly seq: number
  readonly token: string | null
  /** Apps pass it on with what they ask for a request's sake, where the token ends with the first. */
  readonly requestId?: string | null
  readonly start: string
  readonly method: string | null
  readonly code: number
  readonly details: string | null
  readonly flags: string | null
  readonly termination: string | null
  readonly connection: number
  readonly directRemote: Address | null
  readonly downstreamLocal: Address | null
  readonly upstreamLocal: Address | null
  readonly upstreamHost: Address | null
  readonly upstreamCluster: string | null
  readonly upstreamFailure: string | null
  readonly downstreamFailure: string | null
  readonly filterChain: string | null
  readonly sni: string | null
  readonly tls: string | null
  readonly peer: string | null
  readonly attempts: number | null
  readonly [key: string]: unknown
}

interface Wanted {
  readonly matches: (line: LogLine) => boolean
  readonly resolve: (line: LogLine) => void
}

/** A proxy's access log, followed for the whole run. */
export interface AccessLog {
  /** How many lines have come; a mark for `find`. */
  readonly mark: number
  /** The first line at or after `mark` that matches; undefined when none came within the deadline. */
  find(
    matches: (line: LogLine) => boolean,
    options: { mark: number; deadlineMs: number; signal: AbortSignal },
  ): Promise<LogLine | undefined>
  /** The kept lines from a mark on. */
  since(mark: number): readonly LogLine[]
  /** The kept lines that begin in a window of the proxy's own clock, in epoch milliseconds. */
  between(from: number, to: number): readonly LogLine[]
  /** Undefined while the log is followed; else why it is not. */
  fault(): string | undefined
  close(): void
}

/** Lines kept for joining; a step asks far fewer questions. */
const KEPT = 20_000

/** Follows a proxy's log from now on. */
export async function openAccessLog(cluster: Cluster, pod: PodRef, signal: AbortSignal): Promise<AccessLog> {
  const lines: LogLine[] = []
  let dropped = 0
  let seq = 0
  const wanted = new Set<Wanted>()
  let fault: string | undefined
  const follower = await followLogs(cluster, pod, {
    signal,
    onLine: (text) => {
      const line = readLogLine(text, seq)
      if (!line) return
      seq += 1
      lines.push(line)
      if (lines.length > KEPT) dropped += lines.splice(0, KEPT / 2).length
      for (const one of wanted) if (one.matches(line)) one.resolve(line)
    },
  })
  void follower.ended.then((reason) => {
    fault = `the log of ${pod.pod}.${pod.namespace} ended: ${reason}`
  })
  return {
    get mark() {
      return dropped + lines.length
    },
    find: async (matches, { mark, deadlineMs, signal: asking }) => {
      const there = lines.slice(Math.max(0, mark - dropped)).find(matches)
      if (there || deadlineMs <= 0) return there
      return new Promise<LogLine | undefined>((settle) => {
        const bounded = withDeadline(asking, deadlineMs)
        const one: Wanted = { matches, resolve: (line) => end(line) }
        const end = (line?: LogLine) => {
          wanted.delete(one)
          settle(line)
        }
        wanted.add(one)
        bounded.addEventListener('abort', () => end(), { once: true })
      })
    },
    since: (mark) => lines.slice(Math.max(0, mark - dropped)),
    between: (from, to) => lines.filter(({ start }) => Date.parse(start) >= from && Date.parse(start) <= to),
    fault: () => fault,
    close: () => follower.close(),
  }
}

/** One line of a proxy's log; undefined for its own messages, which stand in the same log. Pure. */
export function readLogLine(text: string, seq: number): LogLine | undefined {
  // The proxy's own messages stand in the same log; only JSON with a connection is a line of the access log.
  if (!text.startsWith('{')) return undefined
  try {
    const line = { ...(JSON.parse(text) as LogLine), seq }
    return typeof line.connection === 'number' ? line : undefined
  } catch {
    return undefined
  }
}
