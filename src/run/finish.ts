import { address } from '../probe/question.ts'
import { redact } from '../probe/redact.ts'
import { readWire } from '../probe/wire.ts'
import { isOpaque, type Joined } from './ask.ts'
import type { Ends, ServerEnd } from './ends.ts'
import { evaluate, isServed, type WireReading } from './evaluate.ts'
import type { Attempt } from './result.ts'
import { hasProxy, type Stage } from './stage.ts'

/**
 * A request's first packet comes before its proxy's start time, by the time that parsing takes; milliseconds. The proxy's clock is that of
 * the capture in its pod, which the harness's need not be.
 */
const BEFORE_MS = 50

interface FinishOptions {
  readonly stage: Stage
  readonly n: number
  /** Why the capture at the destination proves nothing for this round. */
  readonly blind: string | undefined
  /** When the step's last change was taken (`Date.now()`). */
  readonly changedAt: number
}

/** Reads the wire of a joined question and says what it is worth. Call it once every packet of it is known to have come. */
export async function finish(asked: Joined, { stage, n, blind, changedAt }: FinishOptions): Promise<Attempt> {
  const { cell, ends, reading, words, server, body } = asked
  // Where a gateway says nothing, or answered by itself, its word is the one that counts.
  const gatewayDecides = ends.gateway !== undefined && (!words.gateway || words.server === words.gateway)
  const wire = reading.kind === 'outcome' ? await wireOf(asked, stage, blind) : undefined
  const evaluated = evaluate({
    cell,
    reading,
    words,
    serverHasProxy: gatewayDecides || (server ? [server] : ends.servers).some(({ pod }) => hasProxy(pod)),
    clientHasProxy: ends.viaProxy || ends.gateway !== undefined,
    opaque: isOpaque(ends),
    past: cell.from.kind === 'port-forward',
    stale: asked.stale,
    wire,
    body,
  })
  return {
    n,
    token: asked.token,
    at: new Date(asked.at).toISOString(),
    ms: asked.ms,
    command: asked.command,
    exitCode: asked.exitCode,
    ...evaluated,
    body: body && redact(body, asked.secret).slice(0, 2_000),
    serverLog: words.server,
    clientLog: words.client,
    sinceChangeMs: asked.at + asked.ms - changedAt,
    wireEvidence: wire?.evidence ?? pastEvidence(asked),
  }
}

function pastEvidence({ cell, reading, words, server }: Joined): string | undefined {
  if (cell.from.kind !== 'port-forward' || reading.kind !== 'outcome' || words.server || !server || !hasProxy(server.pod)) return undefined
  return `past the proxy: the question came over the loopback of ${server.pod.name}, and its proxy logged a later connection but not this one`
}

async function wireOf(
  { cell, ends, token, at, words, reading, server, probePort: port }: Joined,
  stage: Stage,
  blind?: string,
): Promise<WireReading | undefined> {
  if (!cell.declared.wire) return undefined
  if (blind) return { wire: 'unknown', evidence: blind }
  const reached = server ?? (await holderOf(token, ends, stage))
  if (!reached) return { wire: 'unknown', evidence: 'neither a log line nor a capture tells which pod the probe reached' }
  const capture = await stage.capture(reached.pod, [reached.port])
  const viaProxy = ends.viaProxy || ends.gateway !== undefined
  const client = words.server?.directRemote ?? (viaProxy ? words.client?.upstreamLocal : address(ends.source.ip, port))
  if (!client) return { wire: 'unknown', evidence: 'no log line tells which connection the probe took' }
  const { tls, peer, sni, downstreamFailure } = words.server ?? {}
  return readWire(capture, {
    client,
    server: address(reached.pod.ip, reached.port),
    token,
    since: words.server ? Date.parse(words.server.start) - BEFORE_MS : at,
    log: { tls: tls ?? undefined, peer: peer ?? undefined, sni: sni ?? undefined, failure: downstreamFailure ?? undefined },
    answered: reading.kind === 'outcome' && (isServed(reading.outcome) || /^\d/.test(reading.outcome)),
  })
}

/** Of several servers without proxies, the one whose capture holds the token. */
async function holderOf(token: string, { servers, gateway }: Ends, stage: Stage): Promise<ServerEnd | undefined> {
  if (gateway || servers.some(({ pod }) => hasProxy(pod))) return undefined
  const captures = await Promise.all(servers.map(async (end) => ({ end, capture: await stage.capture(end.pod, [end.port]) })))
  const holding = captures.filter(({ capture }) => capture.flowsWith(token).length > 0)
  return holding.length === 1 ? holding[0]?.end : undefined
}
