/** One captured frame with its time, as the file has it. */
export interface PcapRecord {
  /** Packet time in epoch milliseconds, fractions kept. */
  readonly at: number
  readonly linkType: number
  /** The captured bytes; only valid until the next chunk is fed, so keep a copy. */
  readonly frame: Buffer
  /** Bytes of the frame that the snapshot length cut off. */
  readonly cut: number
  /** The record as it stands in the file, header included. */
  readonly raw: Buffer
}

/** A record can hold a whole offloaded segment; anything larger is not a packet but a stream out of step. */
const MAX_RECORD = 1 << 20
const FILE_HEADER = 24
const RECORD_HEADER = 16

interface Format {
  readonly littleEndian: boolean
  /** Divides the fraction field into milliseconds. */
  readonly perMs: number
  readonly linkType: number
}

/**
 * Reads the classic pcap format as its bytes arrive, in chunks of any size.
 * Both byte orders, micro- and nanoseconds. Nonsense is kept as a fault and ends the reading; nothing throws.
 * Format: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html
 */
export class PcapReader {
  readonly #onRecord: (record: PcapRecord) => void
  #chunks: Buffer[] = []
  #held = 0
  #needed = FILE_HEADER
  #format: Format | undefined
  #fileHeader: Buffer | undefined
  #fault: string | undefined

  constructor(onRecord: (record: PcapRecord) => void) {
    this.#onRecord = onRecord
  }

  /** Why the rest of the stream cannot be read; undefined while all is well. */
  get fault(): string | undefined {
    return this.#fault
  }

  /** The file's first 24 bytes, once they are here. */
  get fileHeader(): Buffer | undefined {
    return this.#fileHeader
  }

  /** Bytes of a record that has not fully arrived. */
  get partial(): number {
    return this.#held
  }

  feed(chunk: Buffer): void {
    if (this.#fault !== undefined || chunk.length === 0) return
    this.#chunks.push(chunk)
    this.#held += chunk.length
    // Joining only once a whole record is here keeps tiny chunks from costing a copy each.
    if (this.#held < this.#needed) return
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
    const used = this.#consume(bytes)
    const rest = bytes.subarray(used)
    this.#chunks = rest.length > 0 ? [rest] : []
    this.#held = rest.length
  }

  #consume(bytes: Buffer): number {
    let offset = 0
    if (!this.#format) {
      this.#format = this.#readFileHeader(bytes)
      if (!this.#format) return bytes.length
      offset = FILE_HEADER
    }
    const { littleEndian, perMs, linkType } = this.#format
    const u32 = (at: number) => (littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
    while (bytes.length - offset >= RECORD_HEADER) {
      const captured = u32(offset + 8)
      const original = u32(offset + 12)
      if (captured > MAX_RECORD) {
        this.#fault = `not a pcap stream any more: a record of ${captured} bytes`
        return bytes.length
      }
      this.#needed = RECORD_HEADER + captured
      if (bytes.length - offset < this.#needed) return offset
      const raw = bytes.subarray(offset, offset + this.#needed)
      const at = u32(offset) * 1000 + u32(offset + 4) / perMs
      this.#onRecord({ at, linkType, frame: raw.subarray(RECORD_HEADER), cut: Math.max(0, original - captured), raw })
      offset += this.#needed
    }
    this.#needed = RECORD_HEADER
    return offset
  }

  #readFileHeader(bytes: Buffer): Format | undefined {
    const magic = bytes.readUInt32BE(0)
    const known = MAGICS[magic]
    if (!known) {
      const hint = magic === 0x0a0d0d0a ? ' (this is pcapng)' : ''
      this.#fault = `not a pcap stream: it begins with ${bytes.subarray(0, 4).toString('hex')}${hint}`
      return undefined
    }
    this.#fileHeader = Buffer.from(bytes.subarray(0, FILE_HEADER))
    // The upper half of the field holds the length of a frame check sequence, not the link type.
    const linkType = (known.littleEndian ? bytes.readUInt32LE(20) : bytes.readUInt32BE(20)) & 0xffff
    return { ...known, linkType }
  }
}

const MAGICS: Readonly<Record<number, Omit<Format, 'linkType'>>> = {
  2712847316: { littleEndian: false, perMs: 1e3 },
  3569595041: { littleEndian: true, perMs: 1e3 },
  2712812621: { littleEndian: false, perMs: 1e6 },
  1295823521: { littleEndian: true, perMs: 1e6 },
}
