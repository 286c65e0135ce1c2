import { readSegment } from './packet.ts'
import { PcapReader } from './pcap.ts'

/** What a credential may look like in the clear, to its end or that of the packet; a JWT's first part begins with `{"`. */
const CREDENTIAL = /(?:authorization:[ \t]*[^\r\n]*|\beyJ[\w-]{4,}[\w.-]*)/gi
const MASK = 0x78

/**
 * A capture without credentials: every byte of one becomes an `x`, so that lengths, sequence numbers and all headers stay.
 * @param all Masks whole payloads, for flows that are known to carry credentials: one that two packets share would not be found.
 */
export function redactPcap(pcap: Buffer, { all }: { readonly all: boolean }): Buffer {
  const parts: Buffer[] = []
  const reader = new PcapReader(({ raw, frame, linkType }) => {
    const copy = Buffer.from(raw)
    const payload = readSegment(copy.subarray(raw.length - frame.length), linkType)?.payload
    if (payload && all) payload.fill(MASK)
    else if (payload) maskCredentials(payload)
    parts.push(copy)
  })
  reader.feed(pcap)
  return Buffer.concat([reader.fileHeader ?? Buffer.alloc(0), ...parts])
}

function maskCredentials(payload: Buffer): void {
  // One character a byte, so that places in the text are places in the payload.
  for (const { index, 0: found } of payload.toString('latin1').matchAll(CREDENTIAL)) payload.fill(MASK, index, index + found.length)
}
