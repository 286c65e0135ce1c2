/** Where a direction's bytes go, in order. */
export interface ByteSink {
  bytes(chunk: Buffer, at: number): void
  /** `size` bytes were sent that the capture does not have. */
  gap(size: number, at: number): void
  /** A payload out of its order (early, repeated, before the capture's begin): it may still be searched on its own. */
  stray(chunk: Buffer): void
}

interface Piece {
  readonly start: number
  readonly payload: Buffer
  readonly length: number
  readonly at: number
}

/** Early segments kept until the hole before them fills: this many bytes, or this many segments. */
const MAX_EARLY_BYTES = 256 * 1024
const MAX_EARLY_PIECES = 512

/**
 * Puts one direction of a TCP connection in order: early and repeated segments, overlaps (the first copy of a byte wins),
 * sequence numbers that wrap. A hole is given up, and told as a gap, once the other side acknowledged it or too much waits behind it.
 */
export class Reassembly {
  readonly #sink: ByteSink
  /** Sequence number of position 0. */
  #base: number | undefined
  /** Next position to deliver; positions never wrap. */
  #next = 0
  #finAt: number | undefined
  #early: Piece[] = []
  #earlyBytes = 0

  constructor(sink: ByteSink) {
    this.#sink = sink
  }

  /** Bytes between what was delivered and what waits: not here yet, or never. */
  get hole(): number {
    const first = this.#early[0]
    return first ? first.start - this.#next : 0
  }

  /** The direction's initial sequence number, when its SYN was seen. */
  begin(syn: number): void {
    this.#base ??= (syn + 1) >>> 0
  }

  segment(seq: number, payload: Buffer, length: number, at: number): void {
    if (length === 0) return
    // Never from an empty segment: a keep-alive's number is one too low.
    this.#base ??= seq
    const piece = { start: this.#position(seq, this.#base), payload, length, at }
    if (piece.start > this.#next) this.#keep(piece)
    else if (piece.start + length <= this.#next) this.#sink.stray(payload)
    else this.#deliver(piece)
    this.#drain()
  }

  fin(seq: number): void {
    if (this.#base !== undefined) this.#finAt = this.#position(seq, this.#base)
  }

  /** The other side has everything before `ack`; what is missing there was never captured. */
  acknowledged(ack: number, at: number): void {
    if (this.#base === undefined) return
    let upTo = this.#position(ack, this.#base)
    // A FIN takes a number of its own.
    if (this.#finAt !== undefined && upTo === this.#finAt + 1) upTo = this.#finAt
    while (upTo > this.#next) {
      this.#skip(Math.min(upTo, this.#early[0]?.start ?? upTo), at)
      this.#drain()
    }
  }

  #position(seq: number, base: number): number {
    return this.#next + ((seq - base - this.#next) | 0)
  }

  #keep(piece: Piece): void {
    this.#sink.stray(piece.payload)
    const after = this.#early.findIndex((other) => other.start > piece.start)
    // The packet's memory belongs to the reader's current chunk.
    const kept = { ...piece, payload: Buffer.from(piece.payload) }
    this.#early.splice(after === -1 ? this.#early.length : after, 0, kept)
    this.#earlyBytes += piece.length
    if (this.#earlyBytes > MAX_EARLY_BYTES || this.#early.length > MAX_EARLY_PIECES) {
      this.#skip(this.#early[0]?.start ?? this.#next, piece.at)
    }
  }

  #drain(): void {
    for (let first = this.#early[0]; first && first.start <= this.#next; first = this.#early[0]) {
      this.#early.shift()
      this.#earlyBytes -= first.length
      if (first.start + first.length > this.#next) this.#deliver(first)
    }
  }

  #deliver({ start, payload, length, at }: Piece): void {
    const fresh = payload.subarray(this.#next - start)
    if (fresh.length > 0) {
      this.#next += fresh.length
      this.#sink.bytes(fresh, at)
    }
    const cut = start + length - this.#next
    if (cut > 0) this.#skip(this.#next + cut, at)
  }

  #skip(to: number, at: number): void {
    if (to <= this.#next) return
    this.#sink.gap(to - this.#next, at)
    this.#next = to
  }
}
