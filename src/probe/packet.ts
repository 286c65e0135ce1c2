import type { Address } from './capture-types.ts'

/** One TCP segment, taken out of its frame. */
export interface Segment {
  readonly source: Address
  readonly target: Address
  readonly seq: number
  readonly ack: number
  readonly syn: boolean
  readonly fin: boolean
  readonly rst: boolean
  readonly hasAck: boolean
  /** The captured payload. */
  readonly payload: Buffer
  /** The payload's length on the wire; more than was captured where the snapshot length cut it. */
  readonly length: number
}

const ETHERNET = 1
const IPV4 = 0x0800
const IPV6 = 0x86dd
const TCP = 6

/**
 * Finds the TCP segment in a frame: Ethernet (with VLAN tags), NULL and LOOP, RAW, Linux cooked v1 and v2; IPv4 and IPv6.
 * Undefined for anything else and for frames too short to tell.
 * Link types: https://www.tcpdump.org/linktypes.html
 */
export function readSegment(frame: Buffer, linkType: number): Segment | undefined {
  const link = readLink(frame, linkType)
  if (!link) return undefined
  const packet = frame.subarray(link.offset)
  return link.protocol === IPV4 ? readIpv4(packet) : link.protocol === IPV6 ? readIpv6(packet) : undefined
}

/** Whether `readSegment` knows the link type. */
export function knowsLinkType(linkType: number): boolean {
  return linkType === ETHERNET || linkType in LINKS
}

/** One spelling for each address: IPv6 in brackets and compressed, IPv4 in IPv6 as IPv4. */
export function normalizeAddress(address: Address): Address {
  const match = /^\[?(.*?)\]?:(\d+)$/.exec(address)
  const host = match?.[1]
  if (host === undefined || !host.includes(':') || !URL.canParse(`http://[${host}]/`)) return address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)
  return mapped ? `${mapped[1]}:${match?.[2]}` : `${new URL(`http://[${host}]/`).hostname}:${match?.[2]}`
}

interface Link {
  readonly offset: number
  readonly protocol: number
}

const LINKS: Readonly<Record<number, (frame: Buffer) => Link | undefined>> = {
  0: readNull,
  12: readRaw,
  14: readRaw,
  101: readRaw,
  108: readNull,
  113: (frame) => (frame.length < 16 ? undefined : { offset: 16, protocol: frame.readUInt16BE(14) }),
  228: () => ({ offset: 0, protocol: IPV4 }),
  229: () => ({ offset: 0, protocol: IPV6 }),
  276: (frame) => (frame.length < 20 ? undefined : { offset: 20, protocol: frame.readUInt16BE(0) }),
}

function readLink(frame: Buffer, linkType: number): Link | undefined {
  return linkType === ETHERNET ? readEthernet(frame) : LINKS[linkType]?.(frame)
}

function readEthernet(frame: Buffer): Link | undefined {
  let offset = 12
  while (frame.length >= offset + 2) {
    const protocol = frame.readUInt16BE(offset)
    if (protocol !== 0x8100 && protocol !== 0x88a8) return { offset: offset + 2, protocol }
    offset += 4
  }
  return undefined
}

// The family is in the capturing host's byte order and its IPv6 number differs between systems; the packet itself says enough.
function readNull(frame: Buffer): Link | undefined {
  const raw = readRaw(frame.subarray(4))
  return raw && { offset: 4, protocol: raw.protocol }
}

function readRaw(frame: Buffer): Link | undefined {
  const version = (frame[0] ?? 0) >> 4
  return version === 4 ? { offset: 0, protocol: IPV4 } : version === 6 ? { offset: 0, protocol: IPV6 } : undefined
}

function readIpv4(packet: Buffer): Segment | undefined {
  if (packet.length < 20 || (packet[0] ?? 0) >> 4 !== 4 || packet[9] !== TCP) return undefined
  const header = ((packet[0] ?? 0) & 15) * 4
  // Only a first fragment has a TCP header.
  if (header < 20 || (packet.readUInt16BE(6) & 0x1fff) !== 0) return undefined
  // Offloaded segments above 64 KiB have a zero total length.
  const total = packet.readUInt16BE(2) || packet.length
  const hosts = { source: packet.subarray(12, 16).join('.'), target: packet.subarray(16, 20).join('.') }
  return readTcp(packet.subarray(header, total), total - header, hosts)
}

function readIpv6(packet: Buffer): Segment | undefined {
  if (packet.length < 40 || (packet[0] ?? 0) >> 4 !== 6) return undefined
  const payload = packet.readUInt16BE(4)
  const end = payload === 0 ? packet.length : 40 + payload
  let next = packet[6] ?? 0
  let offset = 40
  while (EXTENSIONS.has(next)) {
    if (packet.length < offset + 8) return undefined
    const fragment = next === 44
    if (fragment && packet.readUInt16BE(offset + 2) >> 3 !== 0) return undefined
    next = packet[offset] ?? 0
    offset += fragment ? 8 : ((packet[offset + 1] ?? 0) + 1) * 8
  }
  if (next !== TCP) return undefined
  const hosts = { source: ipv6Text(packet.subarray(8, 24)), target: ipv6Text(packet.subarray(24, 40)) }
  return readTcp(packet.subarray(offset, end), end - offset, hosts)
}

const EXTENSIONS = new Set([0, 43, 44, 60])

function ipv6Text(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16))
  return new URL(`http://[${groups.join(':')}]/`).hostname
}

function readTcp(bytes: Buffer, length: number, hosts: { source: string; target: string }): Segment | undefined {
  if (bytes.length < 20) return undefined
  const header = ((bytes[12] ?? 0) >> 4) * 4
  if (header < 20 || header > length) return undefined
  const flags = bytes[13] ?? 0
  return {
    source: `${hosts.source}:${bytes.readUInt16BE(0)}`,
    target: `${hosts.target}:${bytes.readUInt16BE(2)}`,
    seq: bytes.readUInt32BE(4),
    ack: bytes.readUInt32BE(8),
    fin: (flags & 1) !== 0,
    syn: (flags & 2) !== 0,
    rst: (flags & 4) !== 0,
    hasAck: (flags & 16) !== 0,
    payload: bytes.subarray(header),
    length: length - header,
  }
}
