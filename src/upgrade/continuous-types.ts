import type { SampleKind } from './judge-sample.ts'

/** Something that was not as declared. Times in milliseconds since 1970. */
export interface Deviation {
  readonly kind: Exclude<SampleKind, 'held'>
  readonly at: number
  /** What was seen, in the notation of the tables. */
  readonly seen: string
  /** The proxies' own words. */
  readonly reason: string
  readonly token: string
}

/** One way of asking a pair: over a connection for each question, or over kept ones. */
export interface LaneResult {
  readonly asked: number
  readonly held: number
  /** Samples on which the server's proxy has no line. */
  readonly wordless: number
  /** When it was asked, without a break longer than two seconds. */
  readonly spans: readonly (readonly [number, number])[]
  /** How many deviations of each kind there were. */
  readonly counts: Readonly<Partial<Record<Deviation['kind'], number>>>
  /** When the first and the last of each kind were. */
  readonly windows: Readonly<Partial<Record<Deviation['kind'], readonly [number, number]>>>
  /** Them, in their order; of more than 200 of a kind, 200 evenly over its window. */
  readonly deviations: readonly Deviation[]
  /** The longest time without an answer as declared, of an allowed pair: from the first lost question to the next that was served; milliseconds. */
  readonly longestGapMs: number
}

export interface PairResult {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly asks: string
  /** In the notation of the tables. */
  readonly declared: string
  readonly allowed: boolean
  readonly fresh: LaneResult
  readonly pooled: LaneResult
}

/** What the continuous part cannot vouch for. */
export interface Blindness {
  /** `unheard`: samples that were asked and never told. `unseen`: a wire that nobody watched, or a watch that proves nothing. */
  readonly kind: 'unheard' | 'unseen'
  readonly at: number
  readonly end: number
  readonly text: string
}

/** Processor time of the continuous part over a while in which nothing was restarted, from cgroup counters; in cores. */
export interface ContinuousCost {
  readonly seconds: number
  readonly probers: number
  readonly proberSidecars: number
  readonly servers: number
  /** With the captures in them. */
  readonly serverSidecars: number
  readonly harness: number
}

/** What was asked all the while. */
export interface Continuous {
  readonly from: number
  readonly to: number
  /** Between two questions of a lane, milliseconds. */
  readonly everyMs: number
  readonly probers: readonly string[]
  readonly pairs: readonly PairResult[]
  readonly blind: readonly Blindness[]
  readonly cost?: ContinuousCost | undefined
}
