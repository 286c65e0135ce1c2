import { describe, expect, test } from 'vitest'
import { type FakeSegment, frameOf, readFixture, tcpOf } from './fake-packets.ts'
import { knowsLinkType, normalizeAddress, readSegment } from './packet.ts'

const SEGMENT: FakeSegment = { from: '10.0.0.1:4000', to: '10.0.0.2:80', seq: 4_294_967_295, ack: 7, flags: 'F', payload: 'hello' }
const EXPECTED = {
  source: '10.0.0.1:4000',
  target: '10.0.0.2:80',
  seq: 4_294_967_295,
  ack: 7,
  fin: true,
  hasAck: true,
  syn: false,
  length: 5,
}
const IP = frameOf(SEGMENT).subarray(14)

describe('link types', () => {
  test.each([
    { name: 'Ethernet', linkType: 1, head: Buffer.from('0000000000000000000000000800', 'hex') },
    { name: 'Ethernet with two VLAN tags', linkType: 1, head: Buffer.from('00000000000000000000000088a80001810000020800', 'hex') },
    { name: 'NULL, little-endian', linkType: 0, head: Buffer.from('02000000', 'hex') },
    { name: 'LOOP', linkType: 108, head: Buffer.from('00000002', 'hex') },
    { name: 'RAW', linkType: 101, head: Buffer.alloc(0) },
    { name: 'IPv4', linkType: 228, head: Buffer.alloc(0) },
    { name: 'Linux cooked', linkType: 113, head: Buffer.from('00000304000600000000000000000800', 'hex') },
    { name: 'Linux cooked v2', linkType: 276, head: Buffer.from('0800000000000001030400060000000000000000', 'hex') },
  ])('$name', ({ linkType, head }) => {
    expect(knowsLinkType(linkType)).toBe(true)
    const segment = readSegment(Buffer.concat([head, IP]), linkType)
    expect(segment).toMatchObject(EXPECTED)
    expect(segment?.payload.toString()).toBe('hello')
  })

  test('an unknown one is told, not guessed', () => {
    expect(knowsLinkType(105)).toBe(false)
    expect(readSegment(frameOf(SEGMENT), 105)).toBeUndefined()
  })

  test.each(['plain-any-nano', 'plain-cooked'])('real cooked frames of %s', (name) => {
    const segments = readFixture(name).records.map(({ frame, linkType }) => readSegment(frame, linkType))
    expect(segments.every((segment) => segment?.target === '10.244.0.13:8080' || segment?.source === '10.244.0.13:8080')).toBe(true)
  })
})

describe('IPv4', () => {
  test('the padding of a short frame is no payload', () => {
    const padded = Buffer.concat([frameOf({ ...SEGMENT, payload: '' }), Buffer.alloc(6)])
    expect(readSegment(padded, 1)).toMatchObject({ length: 0, payload: Buffer.alloc(0) })
  })

  test('a payload that the snapshot length cut keeps its full length', () => {
    expect(readSegment(frameOf(SEGMENT).subarray(0, -2), 1)).toMatchObject({ length: 5, payload: Buffer.from('hel') })
  })

  test('an offloaded segment without a total length ends with the frame', () => {
    const frame = frameOf(SEGMENT)
    frame.writeUInt16BE(0, 16)
    expect(readSegment(frame, 1)).toMatchObject({ length: 5 })
  })

  test('a later fragment has no TCP header', () => {
    const frame = frameOf(SEGMENT)
    frame.writeUInt16BE(100, 20)
    expect(readSegment(frame, 1)).toBeUndefined()
  })
})

describe('IPv6', () => {
  test('with extension headers', () => {
    const segment = readSegment(ipv6([Buffer.from('2b00000000000000', 'hex'), Buffer.from('0600000000000000', 'hex')]), 229)
    expect(segment).toMatchObject({ source: '[fd00::1]:4000', target: '[fd00::2]:80', length: 5 })
  })

  test('without', () => {
    expect(readSegment(ipv6([]), 101)?.payload.toString()).toBe('hello')
  })
})

test('no frame, cut anywhere or with any byte changed, makes it throw', () => {
  for (const { frame, linkType } of readFixture('strict').records.slice(0, 12)) {
    for (let size = 0; size < Math.min(frame.length, 120); size += 1) {
      expect(() => readSegment(frame.subarray(0, size), linkType)).not.toThrow()
      const changed = Buffer.from(frame)
      changed[size] = 255 - (changed[size] ?? 0)
      expect(() => readSegment(changed, linkType)).not.toThrow()
    }
  }
})

test('addresses have one spelling', () => {
  expect(normalizeAddress('10.0.0.1:80')).toBe('10.0.0.1:80')
  expect(normalizeAddress('[fd00:0:0::1]:80')).toBe('[fd00::1]:80')
  expect(normalizeAddress('[::ffff:10.0.0.1]:80')).toBe('10.0.0.1:80')
  expect(normalizeAddress('nonsense')).toBe('nonsense')
})

function ipv6(extensions: readonly Buffer[]): Buffer {
  const payload = Buffer.concat([...extensions, tcpOf(SEGMENT)])
  const header = Buffer.alloc(40)
  header[0] = 0x60
  header.writeUInt16BE(payload.length, 4)
  header[6] = extensions.length > 0 ? 0 : 6
  header.set(Buffer.from('fd000000000000000000000000000001fd000000000000000000000000000002', 'hex'), 8)
  return Buffer.concat([header, payload])
}
