import type { LogLine } from '../probe/access-log.ts'
import { readDecider } from '../probe/decider.ts'
import type { Reading } from '../probe/question.ts'
import type { Cell, Decider, Outcome, Wire } from '../scenario/model.ts'
import type { AttemptFate, Cause, Seen } from './result.ts'
import type { Words } from './server-word.ts'

/** What the wire showed of one probe. */
export interface WireReading {
  readonly wire: Wire | 'unknown'
  readonly evidence: string
}

interface Evidence {
  readonly cell: Pick<Cell, 'declared' | 'question'>
  readonly reading: Reading
  readonly words: Words
  readonly serverHasProxy: boolean
  /** Whether the last proxy before the server is one of the mesh: the client's, or a gateway. */
  readonly clientHasProxy: boolean
  /** Whether the proxies pass the request on without reading it: then only the server can have answered it. */
  readonly opaque?: boolean | undefined
  /** Whether the question goes past the server's proxy: then that proxy has no word on it. */
  readonly past?: boolean | undefined
  /** Why the answer came over an old connection. */
  readonly stale?: string | undefined
  /** Undefined where nothing listens. */
  readonly wire?: WireReading | undefined
  /** Headers and body, where they were read. */
  readonly body?: string | undefined
}

/**
 * Turns all that is known of one probe into what was seen, and whether it may be judged.
 * One rule for allow and deny: an answer without the server's own word on it establishes nothing.
 */
export function evaluate(evidence: Evidence): { readonly seen?: Seen; readonly fate: AttemptFate } {
  const { cell, reading, words, stale, wire, body } = evidence
  if (reading.kind === 'none') return { fate: voided(reading.code, reading.message) }
  const { outcome } = reading
  const explained = evidence.past
    ? past(outcome, words)
    : evidence.serverHasProxy
      ? byServer(outcome, words)
      : byClient(outcome, words, evidence)
  const missing = cell.declared.sees.filter((text) => !body?.includes(text))
  const unwanted = cell.declared.lacks?.filter((text) => body?.includes(text)) ?? []
  const seen: Seen = {
    outcome,
    ...(wire && wire.wire !== 'unknown' ? { wire: wire.wire } : {}),
    ...(explained.by ? { by: explained.by } : {}),
    ...(missing.length > 0 ? { missing } : {}),
    ...(unwanted.length > 0 ? { unwanted } : {}),
  }
  if (explained.cause) return { seen, fate: { kind: 'void', cause: explained.cause } }
  if (stale) return { seen, fate: { kind: 'stale', reason: stale } }
  // Another outcome than the declared one is established without the wire.
  if (cell.declared.wire && outcome === cell.declared.outcome && (!wire || wire.wire === 'unknown')) {
    return { seen, fate: voided('wire-unknown', wire?.evidence ?? 'nothing listens at the destination') }
  }
  return { seen, fate: { kind: 'counted' } }
}

/** A refusal by what was seen alone; its reason is another matter. */
export function isServed(outcome: Outcome): boolean {
  return outcome === 'echo' || /^[123]\d\d$/.test(outcome)
}

/** Past the proxy nobody but the app answers, and a word of the proxy means that the question was not past it. */
function past(outcome: Outcome, { server }: Words): Explanation {
  if (server)
    return { cause: { code: 'not-past-the-proxy', message: `${outcome}, and the server's proxy logged the request (${words(server)})` } }
  if (isServed(outcome)) return {}
  if (/^\d/.test(outcome)) return { by: { kind: 'app' } }
  return { cause: { code: 'unexplained-refusal', message: `${outcome} from the app itself, which gives no reason` } }
}

interface Explanation {
  readonly by?: Decider
  readonly cause?: Cause
}

function byServer(outcome: Outcome, { server, client }: Words): Explanation {
  const mismatch = tlsMismatch(outcome, { server, client })
  if (!server) {
    if (mismatch) return { by: mismatch }
    const proxy = client
      ? `; the client's proxy says ${client.code} ${client.details ?? ''} ${client.flags ?? ''} ${client.upstreamFailure ?? ''}`.trimEnd()
      : ''
    return isServed(outcome)
      ? { cause: { code: 'no-server-word', message: `${outcome}, and the server's proxy logged no such request${proxy}` } }
      : { cause: { code: 'unexplained-refusal', message: `${outcome}, and the server's proxy logged no reason for it${proxy}` } }
  }
  const by = readDecider(server)
  if (isServed(outcome)) {
    const denied = by && by.kind !== 'app'
    const other = outcome !== 'echo' && `${server.code}` !== outcome
    if (denied || other)
      return { cause: { code: 'contradiction', message: `${outcome}, and the server's proxy says otherwise (${words(server)})` } }
    return {}
  }
  if (by && (by.kind !== 'app' || `${server.code}` === outcome)) return { by }
  if (mismatch) return { by: mismatch }
  const tls = server.downstreamFailure
  return {
    cause: {
      code: 'unexplained-refusal',
      message: `${outcome}, and the server's proxy gives no reason for it (${words(server)}${tls ? `, ${tls}` : ''})`,
    },
  }
}

/** A server without a proxy: its own HTTP answer speaks for itself; anything less needs the client proxy's line. */
function byClient(
  outcome: Outcome,
  { client }: Words,
  { clientHasProxy, opaque }: Pick<Evidence, 'clientHasProxy' | 'opaque'>,
): Explanation {
  if (isServed(outcome)) return {}
  const status = /^\d+$/.test(outcome)
  if (status && (!clientHasProxy || (opaque && client))) return { by: { kind: 'app' } }
  const by = client && readDecider(client)
  if (by && `${client.code}` === outcome) return { by }
  const mismatch = tlsMismatch(outcome, { client })
  if (mismatch) return { by: mismatch }
  return {
    cause: {
      code: 'unexplained-refusal',
      message: `${outcome} from a server without a proxy, and ${client ? `the client's proxy gives no reason (${words(client)})` : "no proxy's word on it"}`,
    },
  }
}

/** Either side's proxy says that the handshake failed: Envoy's texts begin with `TLS_error`. */
function tlsMismatch(outcome: Outcome, { server, client }: Words): Decider | undefined {
  if (isServed(outcome) || /^4/.test(outcome)) return undefined
  const failed = [server?.downstreamFailure, client?.upstreamFailure].some((reason) => reason?.includes('TLS_error'))
  return failed ? { kind: 'tls-mismatch' } : undefined
}

function words({ code, details, flags, termination }: LogLine): string {
  return [`code ${code}`, details, flags === '-' ? null : flags, termination].filter(Boolean).join(', ')
}

function voided(code: string, message: string): AttemptFate {
  return { kind: 'void', cause: { code, message } }
}
