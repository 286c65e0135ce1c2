import { type ClientHello, readClientHello, readServerHello } from './tls-hello.ts'

/** What kind of bytes a direction carries: `unknown` until enough of them came, or while no record boundary was found. */
export type TlsState = 'unknown' | 'tls' | 'not-tls'

interface Alert {
  readonly level: number
  readonly description: number
}

const CHANGE_CIPHER_SPEC = 20
const ALERT = 21
const HANDSHAKE = 22
const APPLICATION_DATA = 23
const HEADER = 5
/** 2^14 bytes of text and what TLS 1.2 may add (RFC 5246, 6.2.3). */
const MAX_RECORD = 16384 + 2048
const MAX_HELLO = 64 * 1024
/** Room for a record begun before, a whole one and the next header. */
const MAX_SEARCH = 40 * 1024
/** An encrypted alert of TLS 1.3: two bytes, the content type, a 16-byte tag. No shorter record can hold application data. */
const SEALED_ALERT = 19

interface Chunk {
  readonly bytes: Buffer
  readonly at: number
}

/**
 * Follows the TLS records (1.0 to 1.3) in one direction of a connection, as its bytes arrive in order.
 * A direction whose beginning is unknown, or that lost bytes, finds its step again at the next record boundary that proves itself.
 */
export class TlsReader {
  /** The reader may start inside a record. */
  readonly #fromStart: boolean
  #state: TlsState = 'unknown'
  #searching: boolean
  #header: Buffer = Buffer.alloc(0)
  /** The record under way. */
  #type = 0
  #size = 0
  #left = 0
  #sealed = false
  #body: Buffer[] = []
  #hello: Buffer[] = []
  #window: Chunk[] = []

  clientHello: ClientHello | undefined
  /** `1.2`, `1.3`: from the ServerHello, in the server's direction. */
  version: string | undefined
  /** The first alert in clear that is more than a good-bye. */
  alert: Alert | undefined
  /** Packet time of the first and of the last byte of a record that can hold application data. */
  appData: { readonly first: number; readonly last: number } | undefined
  /** When the first encrypted record came, whatever is inside: in TLS 1.3 handshake messages are, too. */
  firstSealed: number | undefined

  constructor(options: { readonly fromStart: boolean }) {
    this.#fromStart = options.fromStart
    this.#searching = !options.fromStart
    this.#sealed = !options.fromStart
  }

  get state(): TlsState {
    return this.#state
  }

  feed(bytes: Buffer, at: number): void {
    if (this.#state === 'not-tls' || bytes.length === 0) return
    if (this.#searching) this.#search({ bytes, at })
    else this.#follow({ bytes, at })
  }

  /** Bytes are missing here. */
  gap(): void {
    if (this.#state !== 'not-tls') this.#lose()
  }

  #follow({ bytes, at }: Chunk): void {
    let offset = 0
    while (offset < bytes.length) {
      if (this.#left > 0) {
        const part = bytes.subarray(offset, offset + this.#left)
        offset += part.length
        this.#left -= part.length
        this.#carry(part, at)
        if (this.#left === 0) this.#endRecord()
        continue
      }
      const part = bytes.subarray(offset, offset + HEADER - this.#header.length)
      offset += part.length
      this.#header = Buffer.concat([this.#header, part])
      if (!couldBeHeader(this.#header)) {
        if (this.#state === 'unknown' && this.#fromStart) this.#state = 'not-tls'
        else this.#lose()
        return
      }
      if (this.#header.length === HEADER) this.#beginRecord(at)
    }
  }

  #beginRecord(at: number): void {
    this.#state = 'tls'
    this.#type = this.#header[0] ?? 0
    this.#size = this.#header.readUInt16BE(3)
    this.#left = this.#size
    this.#header = Buffer.alloc(0)
    this.#body = []
    if (this.#type === APPLICATION_DATA) this.firstSealed ??= at
  }

  #carry(part: Buffer, at: number): void {
    if (this.#type === APPLICATION_DATA) {
      if (this.#size > SEALED_ALERT) this.appData = { first: this.appData?.first ?? at, last: at }
    } else if (!this.#sealed) this.#body.push(Buffer.from(part))
  }

  #endRecord(): void {
    // TLS 1.2 encrypts everything after this record; TLS 1.3 sends it for old middleboxes' sake and uses type 23 from there on.
    if (this.#type === CHANGE_CIPHER_SPEC || this.#type === APPLICATION_DATA) this.#sealed = true
    if (this.#sealed) return
    const body = Buffer.concat(this.#body)
    if (this.#type === ALERT && body.length === 2) this.#noteAlert({ level: body[0] ?? 0, description: body[1] ?? 0 })
    if (this.#type === HANDSHAKE) this.#noteHandshake(body)
  }

  #noteAlert(alert: Alert): void {
    // 0 says good-bye; 90 and 100 are a peer's refusal of a wish, with the connection going on.
    if (alert.level === 2 || ![0, 90, 100].includes(alert.description)) this.alert ??= alert
  }

  #noteHandshake(body: Buffer): void {
    if (this.clientHello || this.version) return
    this.#hello.push(body)
    const message = Buffer.concat(this.#hello)
    this.clientHello = readClientHello(message)
    this.version = readServerHello(message)
    if (this.clientHello || this.version || message.length > MAX_HELLO) this.#hello = []
  }

  #lose(): void {
    this.#searching = true
    // What can be found again are records under way, never a handshake that began before.
    this.#sealed = true
    this.#header = Buffer.alloc(0)
    this.#left = 0
    this.#hello = []
    this.#window = []
  }

  #search(chunk: Chunk): void {
    this.#window.push({ bytes: Buffer.from(chunk.bytes), at: chunk.at })
    const bytes = Buffer.concat(this.#window.map((one) => one.bytes))
    const starts = new Set<number>()
    for (let sum = 0, i = 0; i < this.#window.length; i += 1) {
      starts.add(sum)
      sum += this.#window[i]?.bytes.length ?? 0
    }
    const found = findBoundary(bytes, starts)
    if (found === undefined) {
      while (this.#window.reduce((sum, one) => sum + one.bytes.length, 0) > MAX_SEARCH) this.#window.shift()
      return
    }
    const chunks = this.#window
    this.#window = []
    this.#searching = false
    let skip = found
    for (const one of chunks) {
      const rest = one.bytes.subarray(skip)
      skip = Math.max(0, skip - one.bytes.length)
      if (rest.length > 0) this.feed(rest, one.at)
    }
  }
}

/**
 * Where a record surely begins. Five bytes look like a header by chance once in millions of bytes, so a lone one is not enough:
 * two headers in a row are, or records that begin where a packet did and end where the bytes do.
 */
function findBoundary(bytes: Buffer, packetStarts: ReadonlySet<number>): number | undefined {
  for (let start = 0; start + HEADER <= bytes.length; start += 1) {
    if (bytes[start + 1] !== 3) continue
    let offset = start
    let headers = 0
    while (offset + HEADER <= bytes.length && couldBeHeader(bytes.subarray(offset, offset + HEADER))) {
      headers += 1
      offset += HEADER + bytes.readUInt16BE(offset + 3)
    }
    const endsHere = offset === bytes.length
    if (headers >= 2 && (endsHere || offset > bytes.length)) return start
    if (headers >= 1 && endsHere && packetStarts.has(start)) return start
  }
  return undefined
}

/** Whether up to five bytes can begin a record: type 20 to 23, version 3.0 to 3.4, a length in bounds. */
function couldBeHeader(bytes: Buffer): boolean {
  const [type = 20, major = 3, minor = 0] = bytes
  if (type < 20 || type > 23 || major !== 3 || minor > 4) return false
  if (bytes.length < HEADER) return true
  const size = bytes.readUInt16BE(3)
  return size > 0 && size <= MAX_RECORD
}
