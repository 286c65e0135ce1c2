import { readDecider } from '../probe/decider.ts'
import type { Reading } from '../probe/question.ts'
import { evaluate, isServed } from '../run/evaluate.ts'
import type { Seen } from '../run/result.ts'
import { formatDecider, formatDeclared } from '../scenario/format.ts'
import type { Declared, Outcome } from '../scenario/model.ts'
import type { JoinedSample } from './join-samples.ts'
import type { Pair } from './standing-set.ts'

/**
 * What a sample says of its pair.
 * - `held`: as declared.
 * - `opened`: a denied pair was served.
 * - `plain`: served in plain text where mutual TLS is declared.
 * - `decider`: a denied pair was refused, by another decision of the mesh than the declared one.
 * - `lost`: an allowed pair was not served, whatever the reason.
 * - `down`: a denied pair got no answer, or one that says nothing about its policy (no healthy server).
 * - `unexplained`: a denied pair was refused, and no proxy says why.
 */
export type SampleKind = 'held' | 'opened' | 'plain' | 'decider' | 'lost' | 'down' | 'unexplained'

export interface Judgement {
  readonly kind: SampleKind
  /** What was seen, in the notation of the tables, and the proxies' reason where it is not as declared. */
  readonly seen: string
  readonly reason: string
  /** Whether the server's proxy has a line on it. */
  readonly worded: boolean
}

const OUTCOME = /^(\d{3}|reset|tls-failed|echo|closed)$/

/** Judges one sample against its pair's declaration. Pure. */
export function judgeSample({ cell, allowed }: Pair, { sample, server, client }: JoinedSample): Judgement {
  const isOutcome = OUTCOME.test(sample.outcome)
  const reading: Reading = isOutcome
    ? { kind: 'outcome', outcome: sample.outcome as Outcome }
    : { kind: 'none', code: 'no-answer', message: sample.outcome }
  // The wire is read at its own time: packets come on another way than lines.
  const { wire, ...declared } = cell.declared
  const { seen, fate } = evaluate({
    cell: { declared, question: cell.question },
    reading,
    words: { server, client },
    serverHasProxy: true,
    clientHasProxy: client !== undefined,
  })
  const words = [server && `server ${logWords(server)}`, client && `client ${logWords(client)}`].filter(Boolean).join('; ')
  const worded = server !== undefined
  const because = (kind: SampleKind, reason: string): Judgement => ({ kind, seen: textOf(sample.outcome, seen), reason, worded })
  if (isOutcome && isServed(reading.kind === 'outcome' ? reading.outcome : 'reset')) {
    if (!allowed) return because('opened', words || 'no proxy logged it')
    if (wire === 'mtls' && server && !(server.tls && server.peer?.startsWith('spiffe://'))) return because('plain', words)
    return because('held', '')
  }
  if (allowed) return because('lost', words || (isOutcome ? 'no proxy logged it' : sample.outcome))
  if (!seen) return because('down', words || sample.outcome)
  if (sameRefusal(declared, seen)) return because('held', '')
  if (fate.kind === 'void') return because(isUnavailable(sample.outcome) ? 'down' : 'unexplained', fate.cause.message)
  return because(isUnavailable(sample.outcome) && seen.by?.kind === 'app' ? 'down' : 'decider', words)
}

/** Every refusal must name its reason; the wire of a refusal is what its client does, not what was decided. */
function sameRefusal(declared: Pick<Declared, 'outcome' | 'by'>, seen: Seen): boolean {
  if (seen.outcome !== declared.outcome) return false
  return !declared.by || (seen.by !== undefined && formatDecider(seen.by) === formatDecider(declared.by))
}

function isUnavailable(outcome: string): boolean {
  return outcome === '503' || outcome === 'reset' || outcome === 'closed'
}

function textOf(outcome: string, seen: Seen | undefined): string {
  return seen ? formatDeclared({ outcome: seen.outcome, by: seen.by }) : outcome
}

type Line = NonNullable<JoinedSample['server']>

function logWords(line: Line): string {
  const { code, details, flags, termination, upstreamFailure, downstreamFailure } = line
  const by = readDecider(line)
  const parts = [code, details, flags === '-' ? undefined : flags, termination, upstreamFailure, downstreamFailure]
  const said = parts.filter((part) => part !== null && part !== undefined && part !== '' && part !== '-').join(' ')
  return by && by.kind !== 'app' ? `${said} (${formatDecider(by)})` : said
}
