import { formatDeclared } from '../scenario/format.ts'
import type { Question } from '../scenario/model.ts'
import { formatToken } from '../scenario/token.ts'
import type { Deviation, LaneResult, PairResult } from './continuous-types.ts'
import type { Judgement } from './judge-sample.ts'
import { type Lane, type Sample, tokenOf } from './prober-line.ts'
import type { Pair } from './standing-set.ts'

interface Entry {
  readonly at: number
  readonly ms: number
  judgement: Judgement
  readonly token: string
}

/** A break in the asking longer than this is shown as one, milliseconds. */
const BREAK_MS = 2_000
const KEPT = 200

/** Everything that the samples said, by pair and lane. */
export class Tally {
  readonly #pairs: readonly Pair[]
  readonly #encrypted: ReadonlySet<string>
  readonly #entries = new Map<string, Entry[]>()
  /** Entries whose wire is still to be read, by their token. */
  readonly #unread = new Map<string, Entry>()

  constructor(pairs: readonly Pair[]) {
    this.#pairs = pairs
    this.#encrypted = new Set(pairs.flatMap(({ id, cell }) => (cell.declared.wire === 'mtls' ? [id] : [])))
  }

  add(sample: Sample, judgement: Judgement): void {
    const key = `${sample.pair}/${sample.lane}`
    const entries = this.#entries.get(key) ?? []
    const entry = { at: sample.at, ms: sample.ms, judgement, token: tokenOf(sample) }
    entries.push(entry)
    this.#entries.set(key, entries)
    if (this.#encrypted.has(sample.pair)) this.#unread.set(entry.token, entry)
  }

  /** Reads the wire of everything that was added since: a token that was readable where mutual TLS stands is the finding of its sample. */
  readWire(isReadable: (token: string) => boolean): void {
    for (const [token, entry] of this.#unread) {
      const worse = entry.judgement.kind === 'opened'
      if (!worse && isReadable(token)) {
        entry.judgement = {
          ...entry.judgement,
          kind: 'plain',
          reason: ['the token was readable on the wire', entry.judgement.reason].filter(Boolean).join('; '),
        }
      }
    }
    this.#unread.clear()
  }

  /** Of the pairs as they are declared, in their order. */
  results(): PairResult[] {
    return this.#pairs.map(({ id, cell, allowed }) => {
      const lane = (name: Lane) => laneResult(this.#entries.get(`${id}/${name}`) ?? [], allowed)
      return {
        id,
        from: cell.from.text,
        to: cell.to.text,
        asks: asksOf(cell.question),
        declared: formatDeclared(cell.declared),
        allowed,
        fresh: lane('fresh'),
        pooled: lane('pooled'),
      }
    })
  }
}

/** All of a question: two pairs with the same ends must have different names. */
function asksOf(question: Question): string {
  if (question.kind === 'tcp') return `tcp ${question.line}`
  const headers = Object.entries(question.headers).map(([name, value]) => `${name}: ${value}`)
  return [`${question.method} ${question.path}`, ...headers, ...(question.token ? [`token ${formatToken(question.token)}`] : [])].join(', ')
}

/** Pure. The order of the entries does not matter. */
export function laneResult(unsorted: readonly Entry[], allowed: boolean): LaneResult {
  const entries = unsorted.toSorted((a, b) => a.at - b.at)
  const deviations = entries.flatMap(({ at, judgement: { kind, seen, reason }, token }): Deviation[] =>
    kind === 'held' ? [] : [{ kind, at, seen, reason, token }],
  )
  const counts: Partial<Record<Deviation['kind'], number>> = {}
  const windows: Partial<Record<Deviation['kind'], readonly [number, number]>> = {}
  for (const { kind, at } of deviations) {
    counts[kind] = (counts[kind] ?? 0) + 1
    windows[kind] = [windows[kind]?.[0] ?? at, at]
  }
  return {
    asked: entries.length,
    held: entries.length - deviations.length,
    wordless: entries.filter(({ judgement }) => !judgement.worded).length,
    spans: spansOf(entries),
    counts,
    windows,
    deviations: thinned(deviations),
    longestGapMs: allowed ? longestGap(entries) : 0,
  }
}

/** A rare kind is kept whole, however many there are of another. */
function thinned(deviations: readonly Deviation[]): Deviation[] {
  const kinds = new Map<Deviation['kind'], Deviation[]>()
  for (const deviation of deviations) kinds.set(deviation.kind, [...(kinds.get(deviation.kind) ?? []), deviation])
  const kept = [...kinds.values()].flatMap((own) => {
    if (own.length <= KEPT) return own
    return Array.from({ length: KEPT }, (_, n) => own[Math.round((n * (own.length - 1)) / (KEPT - 1))]).filter((one) => one !== undefined)
  })
  return kept.toSorted((a, b) => a.at - b.at)
}

function spansOf(entries: readonly Entry[]): [number, number][] {
  const spans: [number, number][] = []
  for (const { at } of entries) {
    const last = spans.at(-1)
    if (last && at - last[1] <= BREAK_MS) last[1] = at
    else spans.push([at, at])
  }
  return spans
}

/** A gap that was never closed lasts until the last question had come to nothing. */
function longestGap(entries: readonly Entry[]): number {
  let longest = 0
  let since: number | undefined
  let before = Number.NEGATIVE_INFINITY
  for (const { at, ms, judgement } of entries) {
    // Nobody knows what would have been while nothing was asked.
    if (at - before > BREAK_MS) since = undefined
    before = at
    const lost = judgement.kind === 'lost'
    if (lost) since ??= at
    if (since === undefined) continue
    longest = Math.max(longest, (lost ? at + ms : at) - since)
    if (!lost) since = undefined
  }
  return longest
}
