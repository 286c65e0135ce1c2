/** What a client asks for in clear before anything is encrypted. */
export interface ClientHello {
  readonly sni?: string
  readonly alpn: readonly string[]
}

const CLIENT_HELLO = 1
const SERVER_HELLO = 2
const SERVER_NAME = 0
const ALPN = 16
const SUPPORTED_VERSIONS = 43

/** Reads a ClientHello from the bytes of handshake records. Undefined while it is not whole, and when it is none. */
export function readClientHello(handshake: Buffer): ClientHello | undefined {
  const body = message(handshake, CLIENT_HELLO)
  if (!body) return undefined
  // After version and random: session id, cipher suites, compression methods.
  const extensions = new Reader(body).skip(34).skipSized(1).skipSized(2).skipSized(1).sized(2)
  const found = readExtensions(extensions)
  const names = found.get(SERVER_NAME)
  const sni = names && new Reader(names).skip(2).skip(1).sized(2).toString('latin1')
  const protocols = found.get(ALPN)
  return { ...(sni ? { sni } : {}), alpn: protocols ? readNames(new Reader(protocols).sized(2)) : [] }
}

/** The version that a ServerHello settles on, `1.2` or `1.3`. Undefined while it is not whole, and when it is none. */
export function readServerHello(handshake: Buffer): string | undefined {
  const body = message(handshake, SERVER_HELLO)
  if (!body || body.length < 34) return undefined
  const extensions = readExtensions(new Reader(body).skip(34).skipSized(1).skip(3).sized(2))
  const version = extensions.get(SUPPORTED_VERSIONS) ?? body.subarray(0, 2)
  return version.length < 2 ? undefined : `1.${version.readUInt16BE(0) - 0x0301}`
}

function message(handshake: Buffer, type: number): Buffer | undefined {
  if (handshake.length < 4 || handshake[0] !== type) return undefined
  const size = handshake.readUIntBE(1, 3)
  return handshake.length < 4 + size ? undefined : handshake.subarray(4, 4 + size)
}

function readExtensions(bytes: Buffer): Map<number, Buffer> {
  const extensions = new Map<number, Buffer>()
  const reader = new Reader(bytes)
  while (reader.left >= 4) {
    const type = reader.number(2)
    extensions.set(type, reader.sized(2))
  }
  return extensions
}

function readNames(bytes: Buffer): string[] {
  const names: string[] = []
  const reader = new Reader(bytes)
  while (reader.left > 0) names.push(reader.sized(1).toString('latin1'))
  return names
}

/** Walks over length-prefixed fields; a field that runs past the end is as long as there are bytes, so broken input cannot throw. */
class Reader {
  readonly #bytes: Buffer
  #offset = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#offset
  }

  skip(count: number): this {
    this.#offset = Math.min(this.#bytes.length, this.#offset + count)
    return this
  }

  number(width: number): number {
    if (this.left < width) {
      this.skip(width)
      return 0
    }
    const value = this.#bytes.readUIntBE(this.#offset, width)
    this.#offset += width
    return value
  }

  sized(width: number): Buffer {
    const size = this.number(width)
    const start = this.#offset
    this.skip(size)
    return this.#bytes.subarray(start, this.#offset)
  }

  skipSized(width: number): this {
    this.sized(width)
    return this
  }
}
