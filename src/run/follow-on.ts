import type { AccessLog, LogLine } from '../probe/access-log.ts'
import { address } from '../probe/question.ts'
import type { ServerEnd } from './ends.ts'

/** A pod that a request may go on to, and its proxy's log. */
interface HopEar {
  readonly end: ServerEnd
  readonly log: AccessLog
  readonly mark: number
}

/** One request that an app sent on for the sake of a probe, in the words of the proxy that took it. */
export interface Hop {
  readonly end: ServerEnd
  readonly line: LogLine
}

/** Where a request was found to have gone. */
export interface Followed {
  readonly hops: readonly Hop[]
  /** Why it may have gone further than was found; then nothing tells over which connection. */
  readonly gap?: string | undefined
}

interface Following {
  /** The request id that the apps pass on. */
  readonly requestId: string
  /** The log in which the destination's own line stands already. */
  readonly from: { readonly log: AccessLog; readonly mark: number }
  /** Where the probe itself came from, as the destination's line has it: a pod behind may also be the one that asks. */
  readonly probe: string | null | undefined
  readonly hops: readonly HopEar[]
  readonly signal: AbortSignal
}

/** As for the answer's own lines: far past twice the flush time, milliseconds. */
const LINE_MS = 1_000

/**
 * Where a request went on to, behind the server that answered it. A proxy writes a request's line when it is over, so before that of the
 * request which it was made for: once the server's own line is there, so are those of all that its app asked for it. Each names its
 * connection, which the next proxy's line has as its remote end.
 */
export async function followOn({ requestId, from, probe, hops, signal }: Following): Promise<Followed> {
  const isSent = (line: LogLine) => line.requestId === requestId && line.upstreamCluster?.startsWith('outbound|')
  const said = from.log.since(from.mark)
  if (!said.some((line) => line.requestId !== undefined))
    return { hops: [], gap: 'the access log has no request ids: nothing tells where a request went that the server made in turn' }
  const sent = said.filter((line) => isSent(line) && !(probe && line.upstreamLocal === probe))
  const found = await Promise.all(
    sent.map(async ({ upstreamHost, upstreamLocal, upstreamCluster }): Promise<Followed> => {
      // It never left the proxy.
      if (!upstreamLocal) return { hops: [] }
      const next = hops.find(({ end: { pod, port } }) => address(pod.ip, port) === upstreamHost)
      if (!next) return { hops: [], gap: `${upstreamHost} (${upstreamCluster}) was asked in turn, which \`through\` does not name` }
      const line = await next.log.find((one) => one.requestId === requestId && one.directRemote === upstreamLocal, {
        ...{ mark: next.mark, deadlineMs: LINE_MS, signal },
      })
      if (!line)
        return { hops: [], gap: `the proxy of ${next.end.pod.name} logged nothing of the request that came to it from ${upstreamLocal}` }
      const behind = await followOn({ requestId, from: next, probe, hops, signal })
      return { hops: [{ end: next.end, line }, ...behind.hops], gap: behind.gap }
    }),
  )
  return { hops: found.flatMap((some) => some.hops), gap: found.find(({ gap }) => gap !== undefined)?.gap }
}
