import { type ByteSink, Reassembly } from './reassembly.ts'
import type { TextScan } from './text-scan.ts'
import { TlsReader } from './tls.ts'

interface Chunk {
  readonly at: number
  readonly bytes: Buffer
}

/** Bytes kept of one direction; older ones are counted, but no longer searched for texts that are no tokens. */
const MAX_KEPT = 256 * 1024

/** One direction of a connection: its bytes in order, what they are, and what is missing. */
export class Side implements ByteSink {
  readonly tls: TlsReader
  readonly reassembly: Reassembly = new Reassembly(this)
  readonly #scan: TextScan
  readonly #gaps: { readonly at: number; readonly size: number }[] = []
  #kept: Chunk[] = []
  #keptBytes = 0
  #dropped = { bytes: 0, last: Number.NEGATIVE_INFINITY }
  finished = false

  constructor(options: { readonly fromStart: boolean; readonly scan: TextScan }) {
    this.tls = new TlsReader(options)
    this.#scan = options.scan
  }

  get keptBytes(): number {
    return this.#keptBytes
  }

  bytes(chunk: Buffer, at: number): void {
    const own = Buffer.from(chunk)
    this.#kept.push({ at, bytes: own })
    this.#keptBytes += own.length
    this.drop(MAX_KEPT)
    this.#scan.next(own)
    this.tls.feed(own, at)
  }

  gap(size: number, at: number): void {
    this.#gaps.push({ at, size })
    this.#scan.gap()
    this.tls.gap()
  }

  stray(chunk: Buffer): void {
    this.#scan.alone(chunk)
  }

  /** Forgets the oldest bytes until at most `limit` are kept. */
  drop(limit: number): void {
    let count = 0
    for (; this.#keptBytes > limit && count < this.#kept.length; count += 1) {
      const chunk = this.#kept[count]
      if (!chunk) break
      this.#keptBytes -= chunk.bytes.length
      this.#dropped = { bytes: this.#dropped.bytes + chunk.bytes.length, last: chunk.at }
    }
    if (count > 0) this.#kept = this.#kept.slice(count)
  }

  /** Payload bytes since then; exact while they are kept, at most what passed otherwise. */
  bytesSince(since: number): number {
    const kept = this.#kept.reduce((sum, { at, bytes }) => (at >= since ? sum + bytes.length : sum), 0)
    return kept + (this.#dropped.last >= since ? this.#dropped.bytes : 0)
  }

  /** Bytes that were sent since then and are not here. */
  missingSince(since: number): number {
    return this.#gaps.reduce((sum, { at, size }) => (at >= since ? sum + size : sum), this.reassembly.hole)
  }

  firstBytes(since: number, count: number): Buffer {
    const first = this.#kept.findIndex(({ at }) => at >= since)
    if (first === -1) return Buffer.alloc(0)
    return Buffer.concat(this.#kept.slice(first, first + count).map(({ bytes }) => bytes)).subarray(0, count)
  }

  /** Searches the kept bytes; for texts that are no tokens. */
  holds(needle: string): boolean {
    return Buffer.concat(this.#kept.map(({ bytes }) => bytes)).includes(needle, 0, 'latin1')
  }
}
