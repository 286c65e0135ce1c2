import { describe, expect, test } from 'vitest'
import { readFixture } from './fake-packets.ts'
import { PcapReader } from './pcap.ts'

const FILES = ['mtls-pooled', 'plain-any-nano', 'plain-cooked', 'rbac-echo', 'strict', 'strict-echo-denied', 'tcp-echo', 'tls-to-plain']

describe('files of real tcpdump', () => {
  test.each(FILES)('%s comes out the same in chunks of any size', (name) => {
    const { bytes } = readFixture(name)
    const whole = read([bytes])
    expect(whole.fault).toBeUndefined()
    expect(whole.partial).toBe(0)
    expect(whole.records.length).toBeGreaterThan(5)
    for (const size of [1, 7, 1000]) expect(read(chunksOf(bytes, size)).records, `${size} bytes at a time`).toEqual(whole.records)
  })

  test('every byte of the file is the header or a record', () => {
    const { bytes } = readFixture('strict')
    const raw = read([bytes]).records.map((record) => record.raw)
    expect(Buffer.concat([bytes.subarray(0, 24), ...raw]).equals(bytes)).toBe(true)
  })

  test('a record that has not fully come is kept, not told', () => {
    const { bytes, records } = readFixture('tcp-echo')
    const last = records.at(-1)?.raw.length ?? 0
    const cut = read([bytes.subarray(0, -1)])
    expect(cut).toMatchObject({ fault: undefined, partial: last - 1 })
    expect(cut.records).toHaveLength(records.length - 1)
  })

  test('nanoseconds are read as fractions of a millisecond', () => {
    const { records, log } = readFixture('plain-any-nano')
    const logged = Date.parse(log.find((line) => line.directRemote === '10.244.0.19:43260')?.start ?? '')
    const first = records[0]?.at ?? 0
    expect(first).toBeGreaterThan(logged - 100)
    expect(first).toBeLessThan(logged + 100)
    expect(records.some(({ at }) => Math.round(at * 1e3) / 1e3 !== at)).toBe(true)
  })
})

describe('byte orders and resolutions', () => {
  test.each([
    { name: 'little-endian microseconds', order: 'LE', magic: 0xa1b2c3d4, fraction: 250_000 },
    { name: 'big-endian microseconds', order: 'BE', magic: 0xa1b2c3d4, fraction: 250_000 },
    { name: 'little-endian nanoseconds', order: 'LE', magic: 0xa1b23c4d, fraction: 250_000_000 },
    { name: 'big-endian nanoseconds', order: 'BE', magic: 0xa1b23c4d, fraction: 250_000_000 },
  ] as const)('$name', ({ order, magic, fraction }) => {
    // The upper bits of the link type's field say that frames end with a four-byte check sequence.
    const words = [magic, 0x00040002, 0, 0, 65535, 0x44000001, 1_700_000_000, fraction, 3, 60]
    const { records, fault } = read([Buffer.concat([...words.map((word) => u32(word, order)), Buffer.from('abc')])])
    expect(fault).toBeUndefined()
    expect(records).toMatchObject([{ at: 1_700_000_000_250, linkType: 1, frame: Buffer.from('abc'), cut: 57 }])
  })
})

describe('nonsense is a fault, not a crash', () => {
  const header = readFixture('strict').bytes.subarray(0, 24)
  test.each([
    {
      name: 'text',
      bytes: Buffer.from('tcpdump: eth0: no such device exists'),
      says: 'not a pcap stream: it begins with 74637064',
    },
    {
      name: 'pcapng',
      bytes: Buffer.concat([Buffer.from('0a0d0d0a', 'hex'), Buffer.alloc(40)]),
      says: 'not a pcap stream: it begins with 0a0d0d0a (this is pcapng)',
    },
    {
      name: 'a stream out of step',
      bytes: Buffer.concat([header, Buffer.alloc(16, 0xee)]),
      says: 'not a pcap stream any more: a record of 4008636142 bytes',
    },
  ])('$name', ({ bytes, says }) => {
    const { fault, records } = read([bytes, bytes, bytes])
    expect(records).toEqual([])
    expect(fault).toBe(says)
  })
})

function read(chunks: readonly Buffer[]) {
  const records: { at: number; linkType: number; frame: Buffer; cut: number; raw: Buffer }[] = []
  const reader = new PcapReader((record) => records.push({ ...record, frame: Buffer.from(record.frame), raw: Buffer.from(record.raw) }))
  for (const chunk of chunks) reader.feed(chunk)
  return { records, fault: reader.fault, partial: reader.partial }
}

function chunksOf(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}

function u32(value: number, order: 'LE' | 'BE'): Buffer {
  const bytes = Buffer.alloc(4)
  if (order === 'LE') bytes.writeUInt32LE(value)
  else bytes.writeUInt32BE(value)
  return bytes
}
