import { describe, expect, test } from 'vitest'
import { readFixture } from './fake-packets.ts'
import { readSegment } from './packet.ts'
import { TlsReader } from './tls.ts'
import { readClientHello, readServerHello } from './tls-hello.ts'

/** Fresh mutual TLS between two sidecars, in `strict`. */
const MESH = { client: '10.244.0.14:59858', server: '10.244.0.13:8080' }

describe('a handshake between two sidecars', () => {
  test('the ClientHello, spread over segments, names Istio', () => {
    const reader = follow(payloads('strict', MESH.client), { fromStart: true })
    expect(reader.state).toBe('tls')
    expect(reader.clientHello).toEqual({ sni: 'outbound_.8000_._.httpbin.foo.svc.cluster.local', alpn: ['istio'] })
    expect(reader.alert).toBeUndefined()
  })

  test('the ServerHello settles on 1.3, and its sealed handshake comes before the client says anything sealed', () => {
    const up = follow(payloads('strict', MESH.client), { fromStart: true })
    const down = follow(payloads('strict', MESH.server, MESH.client), { fromStart: true })
    expect(down.version).toBe('1.3')
    expect(down.firstSealed).toBeLessThan(up.firstSealed ?? 0)
    expect(down.appData?.last).toBeGreaterThan(up.firstSealed ?? 0)
  })

  test('bytes one at a time give the same', () => {
    const bytes = Buffer.concat(payloads('strict', MESH.client))
    const reader = follow(
      Array.from(bytes, (byte) => Buffer.from([byte])),
      { fromStart: true },
    )
    expect(reader.clientHello?.alpn).toEqual(['istio'])
    expect(reader.appData?.last).toBe(bytes.length - 1)
  })

  test('a hello cut or changed anywhere throws nothing', () => {
    const hello = Buffer.concat(payloads('strict', MESH.client)).subarray(5, 2133)
    expect(readClientHello(hello)?.alpn).toEqual(['istio'])
    for (let size = 0; size < hello.length; size += 1) {
      const changed = Buffer.from(hello)
      changed[size] = 255 - (changed[size] ?? 0)
      for (const bytes of [hello.subarray(0, size), changed]) {
        expect(() => [readClientHello(bytes), readServerHello(bytes)]).not.toThrow()
      }
    }
  })
})

describe('a connection that began before the capture', () => {
  test('real records are recognised at once', () => {
    const [client, server] = ['10.244.0.14:34192', '10.244.0.13:8080']
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      const reader = follow(payloads('mtls-pooled', from, to), { fromStart: false })
      expect(reader).toMatchObject({ state: 'tls', appData: { first: 0 }, clientHello: undefined, alert: undefined })
    }
  })

  test('one whole record in a packet of its own is enough', () => {
    const [first] = payloads('mtls-pooled', '10.244.0.14:34192', '10.244.0.13:8080')
    expect(follow(first ? [first] : [], { fromStart: false }).state).toBe('tls')
    expect(follow([record(21, [2, 40])], { fromStart: false })).toMatchObject({ state: 'tls', alert: undefined })
  })

  test('one thing that looks like a header is not', () => {
    const text = Buffer.from('some text that goes on and on, ')
    expect(follow([text, Buffer.concat([text, Buffer.from([23, 3, 3, 1, 0]), text])], { fromStart: false }).state).toBe('unknown')
    expect(follow([Buffer.concat([text, record(23, Array(30).fill(1))])], { fromStart: false }).state).toBe('unknown')
  })

  test('wherever the capture begins in the stream, the next records are found', () => {
    const bytes = Buffer.concat(payloads('strict', MESH.server, MESH.client))
    const lastRecords = recordStarts(bytes).at(-3) ?? 0
    expect(lastRecords).toBeGreaterThan(1_000)
    for (let start = 1; start < lastRecords; start += 1) {
      const reader = follow(cut(bytes.subarray(start), 100), { fromStart: false })
      expect(reader.state, `from byte ${start}`).toBe('tls')
      expect(reader.appData, `from byte ${start}`).toBeDefined()
    }
  })

  test('after missing bytes the step is found again, and no alert is read out of ciphertext', () => {
    const reader = new TlsReader({ fromStart: true })
    const bytes = Buffer.concat(payloads('strict', MESH.client))
    reader.feed(bytes.subarray(0, 2500), 1)
    reader.gap()
    reader.feed(bytes.subarray(2600), 2)
    expect(reader).toMatchObject({ state: 'tls', appData: { last: 2 }, alert: undefined })
  })

  test('plain text and noise are never taken for TLS', () => {
    const noise = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (Math.imul(i ^ (i >>> 3), 2654435761) >>> 13) & 255))
    for (const bytes of [Buffer.from('GET /ip HTTP/1.1\r\nhost: httpbin\r\n\r\n'.repeat(200)), noise]) {
      expect(follow(cut(bytes, 1448), { fromStart: false })).toMatchObject({ state: 'unknown', appData: undefined })
    }
  })
})

describe('what is not application data', () => {
  test('a request in plain text is no TLS from its first byte on', () => {
    const reader = new TlsReader({ fromStart: true })
    reader.feed(Buffer.from('G'), 0)
    expect(reader.state).toBe('not-tls')
  })

  test('one byte that could begin a record decides nothing', () => {
    const reader = new TlsReader({ fromStart: true })
    reader.feed(Buffer.from([22]), 0)
    expect(reader.state).toBe('unknown')
    reader.feed(Buffer.from('not a version'), 0)
    expect(reader.state).toBe('not-tls')
  })

  test('a fatal alert in clear is one, a good-bye is none', () => {
    expect(follow([record(21, [2, 40])], { fromStart: true }).alert).toEqual({ level: 2, description: 40 })
    expect(follow([record(21, [1, 0])], { fromStart: true }).alert).toBeUndefined()
  })

  test('two bytes after the change to ciphers are sealed and no alert', () => {
    expect(follow([record(20, [1]), record(21, [2, 40])], { fromStart: true }).alert).toBeUndefined()
  })

  test('a sealed alert of TLS 1.3 is no application data, one byte more could be', () => {
    expect(follow([record(23, Array(19).fill(1))], { fromStart: true }).appData).toBeUndefined()
    expect(follow([record(23, Array(20).fill(1))], { fromStart: true }).appData).toBeDefined()
  })
})

/** Payloads that one end sent, in the capture's order. */
function payloads(fixture: string, from: string, to?: string): Buffer[] {
  return readFixture(fixture).records.flatMap(({ frame, linkType }) => {
    const segment = readSegment(frame, linkType)
    return segment?.source === from && (!to || segment.target === to) && segment.length > 0 ? [segment.payload] : []
  })
}

/** Each chunk's time is its index. */
function follow(chunks: readonly Buffer[], options: { fromStart: boolean }): TlsReader {
  const reader = new TlsReader(options)
  for (const [at, chunk] of chunks.entries()) reader.feed(chunk, at)
  return reader
}

function cut(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}

function record(type: number, body: readonly number[]): Buffer {
  return Buffer.from([type, 3, 3, 0, body.length, ...body])
}

function recordStarts(bytes: Buffer): number[] {
  const starts: number[] = []
  for (let offset = 0; offset + 5 <= bytes.length; offset += 5 + bytes.readUInt16BE(offset + 3)) starts.push(offset)
  return starts
}
