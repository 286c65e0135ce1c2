import type { AccessLog, LogLine } from '../probe/access-log.ts'
import type { Address } from '../probe/capture-types.ts'
import { address } from '../probe/question.ts'
import type { ServerEnd } from './ends.ts'
import type { Hop } from './follow-on.ts'

/**
 * How long a line of the access log may take, milliseconds: far past twice the flush time (50 ms), since a missing line costs the
 * answer and a late one only time.
 */
const LINE_MS = 1_000

/** A log that is listened to, and where the question's lines can begin. */
interface Ear {
  readonly log: AccessLog
  readonly mark: number
}

interface Joining {
  /** Whether the proxies see the request, and its token with it; else they see connections only. */
  readonly readable: boolean
  readonly token: string
  /** The probe's own end of its connection. */
  readonly probeEnd: Address
  readonly client: Ear | undefined
  readonly gateway: Ear | undefined
  /** The servers that have a proxy; at most one of them answers. */
  readonly servers: readonly { readonly end: ServerEnd; readonly ear: Ear }[]
  readonly signal: AbortSignal
}

/** The proxies' own words on one probe. */
export interface Words {
  /** The deciding proxy's: the last one that the question reached. */
  readonly server?: LogLine | undefined
  /** The proxy's before it. */
  readonly client?: LogLine | undefined
  /** The gateway's, which is one of the two where the question came so far. */
  readonly gateway?: LogLine | undefined
  /** Whose line `server` is; undefined where it is the gateway's. */
  readonly end?: ServerEnd | undefined
  /** What the server asked in turn. */
  readonly hops?: readonly Hop[] | undefined
}

/**
 * Joins a probe to the lines of its proxies: HTTP by the token, TCP by the connection, never by time.
 * Each proxy's line gives its upstream connection, which the next one's line has as its remote end.
 */
export async function serverWord(joining: Joining): Promise<Words> {
  const { readable, token, probeEnd, servers } = joining
  const asked = (line: LogLine) => (readable ? line.token === token : line.directRemote === probeEnd)
  const client = await hear(joining.client, asked, joining.signal)
  // Without a connection there is no line of the next proxy to wait for.
  const remote = joining.client ? client?.upstreamLocal : probeEnd
  if (!remote) return { client }
  if (!joining.gateway) return { client, ...(await fromServers(joining, remote)) }
  const gateway = await hear(joining.gateway, from(remote, token), joining.signal)
  if (!gateway) return { client }
  // It answered by itself, or could not reach anybody.
  if (!gateway.upstreamLocal) return { client, server: gateway, gateway }
  const behind = servers.length > 0 ? await fromServers(joining, gateway.upstreamLocal) : {}
  return { client: gateway, gateway, ...behind }
}

/** Who of them answered shows in whose log has the connection; the others' silence is not waited for. */
async function fromServers({ servers, token, signal }: Joining, remote: Address): Promise<Pick<Words, 'server' | 'end'>> {
  return new Promise((settle) => {
    const hearing = servers.map(async ({ end, ear }) => {
      const server = await hear(ear, from(remote, token, address(end.pod.ip, end.port)), signal)
      if (server) settle({ server, end })
    })
    void Promise.all(hearing).then(() => settle({}))
  })
}

/**
 * A connection that never became a request (no filter chain) has a line without a token. Connections from one end to two ports of a pod
 * are two connections, so that the port that was asked has to be the line's as well.
 */
function from(remote: Address, token: string, local?: Address): (line: LogLine) => boolean {
  return ({ directRemote, downstreamLocal, token: said }) =>
    directRemote === remote && (said === token || said === null) && (!local || !downstreamLocal || downstreamLocal === local)
}

async function hear(ear: Ear | undefined, matches: (line: LogLine) => boolean, signal: AbortSignal): Promise<LogLine | undefined> {
  return ear?.log.find(matches, { mark: ear.mark, deadlineMs: LINE_MS, signal })
}
