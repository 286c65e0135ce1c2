import type { Address, FlowView } from './capture-types.ts'
import type { Segment } from './packet.ts'
import { Side } from './side.ts'
import type { TextScan } from './text-scan.ts'

/** Raw records kept of one flow for evidence: its beginning, and its latest. */
const MAX_HEAD = 64 * 1024
const MAX_TAIL = 64 * 1024
const FIRST_BYTES = 64

interface FlowOptions {
  readonly client: Address
  readonly server: Address
  /** The client's SYN began it. */
  readonly fromStart: boolean
  readonly scan: () => TextScan
}

/** One TCP connection, from its SYN (or the capture's begin) to its end. */
export class Flow {
  readonly client: Address
  readonly server: Address
  readonly fromStart: boolean
  /** Packet time of its latest packet. */
  last = Number.NEGATIVE_INFINITY
  readonly #up: Side
  readonly #down: Side
  #synSeq: number | undefined
  #end: 'fin' | 'rst' | undefined
  readonly #head: Buffer[] = []
  #headBytes = 0
  #tail: Buffer[] = []
  #tailBytes = 0

  constructor(options: FlowOptions) {
    this.client = options.client
    this.server = options.server
    this.fromStart = options.fromStart
    this.#up = new Side({ fromStart: options.fromStart, scan: options.scan() })
    this.#down = new Side({ fromStart: options.fromStart, scan: options.scan() })
  }

  get keptBytes(): number {
    return this.#up.keptBytes + this.#down.keptBytes + this.#headBytes + this.#tailBytes
  }

  /** A SYN of a client that is not this connection's own (a repeated one is). */
  isReusedBy(segment: Segment): boolean {
    return segment.syn && !segment.hasAck && segment.seq !== this.#synSeq
  }

  add(segment: Segment, at: number, raw: Buffer): void {
    this.last = Math.max(this.last, at)
    this.#keepRaw(raw)
    const fromClient = segment.source === this.client
    const [side, other] = fromClient ? [this.#up, this.#down] : [this.#down, this.#up]
    if (segment.syn) {
      if (fromClient) this.#synSeq = segment.seq
      side.reassembly.begin(segment.seq)
    }
    // A SYN takes a number before the data it may carry; a reset's payload is no data (RFC 9293, 3.10.7).
    const seq = (segment.seq + (segment.syn ? 1 : 0)) >>> 0
    if (segment.rst) side.stray(segment.payload)
    else side.reassembly.segment(seq, segment.payload, segment.length, at)
    if (segment.hasAck && !segment.rst) other.reassembly.acknowledged(segment.ack, at)
    if (segment.fin) side.reassembly.fin((seq + segment.length) >>> 0)
    this.#noteEnd(segment, side)
  }

  view(since = Number.NEGATIVE_INFINITY): FlowView {
    const up = this.#up.tls
    const down = this.#down.tls
    const hello = up.clientHello
    const tls = up.state === 'tls' || (!this.fromStart && down.state === 'tls')
    const alert = up.alert ?? down.alert
    const appDataFromServer = this.#serverAnsweredSince(since)
    return {
      client: this.client,
      server: this.server,
      fromStart: this.fromStart,
      clientBytes: this.#up.bytesSince(since),
      serverBytes: this.#down.bytesSince(since),
      missingBytes: this.#up.missingSince(since) + this.#down.missingSince(since),
      appDataFromClient: up.appData !== undefined && up.appData.last >= since,
      appDataFromServer,
      tls,
      handshakeFailed: tls && (alert !== undefined || (this.#end !== undefined && !up.appData && !this.#serverAnsweredSince())),
      ...(hello ? { hello } : {}),
      ...(down.version ? { version: down.version } : {}),
      ...(alert ? { alert: `${alert.level === 2 ? 'fatal' : 'warning'} ${alert.description}` } : {}),
      ...(this.#end ? { end: this.#end } : {}),
      firstBytes: { client: this.#up.firstBytes(since, FIRST_BYTES), server: this.#down.firstBytes(since, FIRST_BYTES) },
    }
  }

  /** Searches the kept bytes of both directions. */
  holds(needle: string): boolean {
    return this.#up.holds(needle) || this.#down.holds(needle)
  }

  /** Raw records, in the order of the capture, as many whole ones as fit. */
  records(limit: number): Buffer {
    const fitting: Buffer[] = []
    let size = 0
    for (const raw of [...this.#head, ...this.#tail]) {
      if (size + raw.length > limit) break
      fitting.push(raw)
      size += raw.length
    }
    return Buffer.concat(fitting)
  }

  /** Forgets all bytes; what they told is kept. */
  forget(): void {
    this.#up.drop(0)
    this.#down.drop(0)
    this.#tail = []
    this.#tailBytes = 0
    this.#head.length = 0
    this.#headBytes = 0
  }

  // In TLS 1.3 the server's handshake travels in records of type 23 as well, all of it before the client's first such record.
  #serverAnsweredSince(since = Number.NEGATIVE_INFINITY): boolean {
    const { appData, version } = this.#down.tls
    if (!appData || appData.last < since) return false
    const clientFinished = this.#up.tls.firstSealed
    return version !== '1.3' || (clientFinished !== undefined && appData.last > clientFinished)
  }

  #noteEnd(segment: Segment, side: Side): void {
    const closed = this.#up.finished && this.#down.finished
    if (segment.fin) {
      side.finished = true
      this.#end ??= 'fin'
    }
    // A reset after both sides said their good-bye cuts nothing.
    if (segment.rst && !closed) this.#end = 'rst'
  }

  #keepRaw(raw: Buffer): void {
    const own = Buffer.from(raw)
    if (this.#tail.length === 0 && this.#headBytes + own.length <= MAX_HEAD) {
      this.#head.push(own)
      this.#headBytes += own.length
      return
    }
    this.#tail.push(own)
    this.#tailBytes += own.length
    while (this.#tailBytes > MAX_TAIL && this.#tail.length > 1) this.#tailBytes -= this.#tail.shift()?.length ?? 0
  }
}
