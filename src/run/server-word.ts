import type { AccessLog, LogLine } from '../probe/access-log.ts'
import type { Address } from '../probe/capture-types.ts'

/**
 * How long a line of the access log may take, milliseconds: far past twice the flush time (50 ms), since a missing line costs the
 * answer and a late one only time.
 */
const LINE_MS = 1_000

interface Joining {
  readonly kind: 'http' | 'tcp'
  readonly token: string
  /** The probe's own end of its connection. */
  readonly probeEnd: Address
  readonly server: { readonly log: AccessLog; readonly mark: number } | undefined
  readonly client: { readonly log: AccessLog; readonly mark: number } | undefined
  readonly signal: AbortSignal
}

/** The proxies' own words on one probe. */
export interface Words {
  readonly server?: LogLine | undefined
  readonly client?: LogLine | undefined
}

/**
 * Joins a probe to the lines of its proxies: HTTP by the token, TCP by the connection, never by time.
 * With a client proxy its line gives the upstream connection, which the server's line has as its remote end.
 */
export async function serverWord(joining: Joining): Promise<Words> {
  const { kind, token, probeEnd, signal } = joining
  const options = { deadlineMs: LINE_MS, signal }
  const asked = (line: LogLine) => (kind === 'http' ? line.token === token : line.directRemote === probeEnd)
  const client = await joining.client?.log.find(asked, { ...options, mark: joining.client.mark })
  if (!joining.server) return { client }
  const remote = joining.client ? client?.upstreamLocal : probeEnd
  // Without a connection to the server there is no line of the server to wait for.
  if (!remote) return { client }
  const server = await joining.server.log.find(
    // A connection that never became a request (no filter chain) has a line without a token.
    (line) => line.directRemote === remote && (line.token === token || line.token === null),
    { ...options, mark: joining.server.mark },
  )
  return { client, server }
}
