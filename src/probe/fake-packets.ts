import { readFileSync } from 'node:fs'
import type { LogLine } from './access-log.ts'
import { Flows } from './flows.ts'
import { PcapReader, type PcapRecord } from './pcap.ts'

/** Test support: one TCP segment over IPv4 and Ethernet; ends as `10.0.0.1:4000`. */
export interface FakeSegment {
  readonly from: string
  readonly to: string
  readonly seq: number
  readonly ack?: number
  /** Letters of S, F, R, A. */
  readonly flags?: string
  readonly payload?: string | Buffer
  /** Packet time, epoch milliseconds. */
  readonly at?: number
}

/** The frame of a segment. */
export function frameOf(segment: FakeSegment): Buffer {
  const tcp = tcpOf(segment)
  const ip = Buffer.alloc(20)
  ip[0] = 0x45
  ip.writeUInt16BE(20 + tcp.length, 2)
  ip[9] = 6
  ip.set(octets(segment.from), 12)
  ip.set(octets(segment.to), 16)
  return Buffer.concat([Buffer.alloc(12), Buffer.from([8, 0]), ip, tcp])
}

/** The segment alone. */
export function tcpOf({ from, to, seq, ack, flags = '', payload = '' }: FakeSegment): Buffer {
  const tcp = Buffer.alloc(20)
  tcp.writeUInt16BE(portOf(from), 0)
  tcp.writeUInt16BE(portOf(to), 2)
  tcp.writeUInt32BE(seq >>> 0, 4)
  tcp.writeUInt32BE((ack ?? 0) >>> 0, 8)
  tcp[12] = 0x50
  const bits = { F: 1, S: 2, R: 4, A: 16 }
  tcp[13] = Object.entries(bits).reduce((sum, [letter, bit]) => (flags.includes(letter) ? sum | bit : sum), ack === undefined ? 0 : 16)
  return Buffer.concat([tcp, Buffer.from(payload)])
}

/** A record as the reader hands it over. */
export function recordOf(segment: FakeSegment): PcapRecord {
  const frame = frameOf(segment)
  return { at: segment.at ?? 0, linkType: 1, frame, cut: 0, raw: frame }
}

/** Flows in which the segments have passed, in this order. */
export function flowsOf(segments: readonly FakeSegment[], ports: readonly number[] = [80]): Flows {
  const flows = new Flows(ports)
  for (const segment of segments) flows.add(recordOf(segment))
  return flows
}

/** A capture that real tcpdump made, and the lines that the captured pod's proxy logged meanwhile. */
export interface Fixture {
  readonly bytes: Buffer
  readonly records: readonly PcapRecord[]
  readonly flows: Flows
  readonly log: readonly LogLine[]
}

export function readFixture(name: string): Fixture {
  const bytes = readFileSync(new URL(`fixtures/${name}.pcap`, import.meta.url))
  const flows = new Flows([8080, 9000, 9001])
  const records: PcapRecord[] = []
  const reader = new PcapReader((record) => {
    records.push(record)
    flows.add(record)
  })
  reader.feed(bytes)
  if (reader.fault) throw new Error(reader.fault)
  return { bytes, records, flows, log: JSON.parse(readFileSync(new URL(`fixtures/${name}.log.json`, import.meta.url), 'utf8')) }
}

function octets(address: string): number[] {
  return address.slice(0, address.lastIndexOf(':')).split('.').map(Number)
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1))
}
