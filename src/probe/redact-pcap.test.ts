import { expect, test } from 'vitest'
import { frameOf } from './fake-packets.ts'
import { readSegment } from './packet.ts'
import { PcapReader } from './pcap.ts'
import { redactPcap } from './redact-pcap.ts'

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl'

function pcapOf(...payloads: string[]): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt32LE(1, 20)
  const records = payloads.map((payload) => {
    const frame = frameOf({ from: '10.0.0.1:4000', to: '10.0.0.2:80', seq: 1, payload })
    const record = Buffer.alloc(16)
    record.writeUInt32LE(frame.length, 8)
    record.writeUInt32LE(frame.length, 12)
    return Buffer.concat([record, frame])
  })
  return Buffer.concat([header, ...records])
}

function payloadsOf(pcap: Buffer): string[] {
  const found: string[] = []
  const reader = new PcapReader(({ frame, linkType }) => found.push(readSegment(frame, linkType)?.payload.toString('latin1') ?? ''))
  reader.feed(pcap)
  return found
}

test('a credential becomes as many letters, and all around it stays', () => {
  const [payload = ''] = payloadsOf(
    redactPcap(pcapOf(`GET / HTTP/1.1\r\nAuthorization: Bearer ${JWT}\r\nx-meshproof: mp-1\r\n`), { all: false }),
  )
  expect(payload).toMatch(/^GET \/ HTTP\/1.1\r\nx+\r\nx-meshproof: mp-1\r\n$/)
  expect(payload).toHaveLength(`GET / HTTP/1.1\r\nAuthorization: Bearer ${JWT}\r\nx-meshproof: mp-1\r\n`.length)
})

test('a token goes wherever it stands, its beginning alone too', () => {
  expect(payloadsOf(redactPcap(pcapOf(`{"a":"${JWT}"}`, JWT.slice(0, 30)), { all: false })).join(' ')).not.toContain('eyJ')
})

test('where two packets may share a credential nothing of the payload stays', () => {
  expect(payloadsOf(redactPcap(pcapOf('Authorization: Bear', `er ${JWT}`), { all: true })).join('')).toMatch(/^x+$/)
})

test('the original is left as it was', () => {
  const pcap = pcapOf(JWT)
  redactPcap(pcap, { all: true })
  expect(payloadsOf(pcap)).toEqual([JWT])
})
