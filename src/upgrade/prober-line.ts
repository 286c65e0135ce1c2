/** Whether a question had a connection of its own, or one that was kept. */
export type Lane = 'fresh' | 'pooled'

/** One question of a resident prober, and what came of it. */
export interface Sample {
  /** The prober's pod. */
  readonly prober: string
  /** Counts the prober's questions without a gap. */
  readonly n: number
  readonly pair: string
  readonly lane: Lane
  /** When it was sent, by the node's clock; milliseconds since 1970. */
  readonly at: number
  readonly ms: number
  /** A status, `reset`, `echo` or `closed`; else why there was no answer: `timeout`, `connect-refused`, … */
  readonly outcome: string
  /** The prober's own port; 0 where there was no connection. */
  readonly port: number
}

/** What a prober says of itself; `n` is its last question so far. */
export interface ProberNote {
  readonly note: 'start' | 'paused' | 'resumed' | 'end'
  readonly n: number
}

/** Reads a line of a prober's log: see `kind/images/go/prober`. Undefined for anything else. Pure. */
export function readProberLine(text: string, prober: string): { readonly sample: Sample } | { readonly note: ProberNote } | undefined {
  if (!text.startsWith('{')) return undefined
  let line: Readonly<Record<string, unknown>>
  try {
    line = JSON.parse(text) as Readonly<Record<string, unknown>>
  } catch {
    // Cut off: its number stays missing, and is counted as such.
    return undefined
  }
  const { n, note, q, t, d, o, l } = line
  if (typeof n !== 'number') return undefined
  if (note === 'start' || note === 'paused' || note === 'resumed' || note === 'end') return { note: { note, n } }
  const [, pair, lane] = /^(.+)\/([fp])$/.exec(String(q)) ?? []
  if (pair === undefined || typeof t !== 'number' || typeof d !== 'number' || typeof o !== 'string' || typeof l !== 'number')
    return undefined
  return { sample: { prober, n, pair, lane: lane === 'f' ? 'fresh' : 'pooled', at: t, ms: d, outcome: o, port: l } }
}

/** The token that a sample's request carried. */
export function tokenOf({ prober, n }: Pick<Sample, 'prober' | 'n'>): string {
  return `mp-${prober}-${n}`
}
