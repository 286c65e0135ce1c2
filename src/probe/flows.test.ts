import { describe, expect, test } from 'vitest'
import { type FakeSegment, flowsOf, readFixture, recordOf } from './fake-packets.ts'
import { Flows } from './flows.ts'
import { readSegment } from './packet.ts'
import { PcapReader } from './pcap.ts'

const C = '10.0.0.1:4000'
const S = '10.0.0.2:80'
const SYN: FakeSegment = { from: C, to: S, seq: 100, flags: 'S' }

describe('texts', () => {
  test('a token is readable wherever the segments cut it', () => {
    const text = 'x-token: mp-ab12-7\r\n'
    for (let cut = 1; cut < text.length; cut += 1) {
      const flows = flowsOf([SYN, up(101, text.slice(0, cut)), up(101 + cut, text.slice(cut))])
      expect(flows.readable('mp-ab12-7'), `cut at ${cut}`).toBe(true)
      expect(flows.readable('mp-ab12-8')).toBe(false)
    }
  })

  test('a token is compared whole', () => {
    const flows = flowsOf([SYN, up(101, 'mp-run-12 ')])
    expect([flows.readable('mp-run-12'), flows.readable('mp-run-1')]).toEqual([true, false])
  })

  test('a token is readable in segments that came too early, twice, or before any that fit', () => {
    const flows = flowsOf([SYN, up(201, 'mp-early '), up(101, 'x'.repeat(10)), up(101, 'mp-again  ')])
    expect([flows.readable('mp-early'), flows.readable('mp-again')]).toEqual([true, true])
  })

  test('any other text is found in the bytes, straddling or not', () => {
    const flows = flowsOf([SYN, up(101, 'Grüße, Wel'), down(1, 'nothing'), up(101 + 12, 't!')])
    expect([flows.readable('Grüße, Welt'), flows.readable('Grüße, Wald')]).toEqual([true, false])
  })

  test('who waits for a text is told with the packet that completes it', async () => {
    const flows = flowsOf([SYN])
    const order: string[] = []
    const waits = ['mp-run-1', 'mp-run-12', 'hello world'].map((text) =>
      flows.whenReadable(text, AbortSignal.timeout(5_000)).then(() => order.push(text)),
    )
    for (const [seq, text] of [
      [101, 'hello w'],
      [108, 'orld mp-r'],
      [117, 'un-12 '],
      [123, 'mp-run-1\n'],
    ] as const) {
      flows.add(recordOf(up(seq, text)))
      await Promise.resolve()
    }
    await Promise.all(waits)
    expect(order).toEqual(['hello world', 'mp-run-12', 'mp-run-1'])
    await flows.whenReadable('mp-run-1', AbortSignal.timeout(5_000))
  })

  test('a wait ends with its signal', async () => {
    await expect(flowsOf([]).whenReadable('mp-never', AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
    const later = new AbortController()
    const wait = flowsOf([]).whenReadable('mp-never', later.signal)
    later.abort(new Error('later'))
    await expect(wait).rejects.toThrow('later')
  })

  test('thousands of flows are searched without being read again', () => {
    const flows = new Flows([80])
    const body = 'x'.repeat(1000)
    for (let i = 0; i < 5_000; i += 1)
      flows.add(recordOf({ from: `10.0.0.1:${20_000 + i}`, to: S, seq: 1, payload: `mp-many-${i} ${body}` }))
    const begun = performance.now()
    for (let i = 0; i < 10_000; i += 1) if (flows.readable(`mp-many-${i}`) !== i < 5_000) throw new Error(`mp-many-${i}`)
    // Rereading 5 MB ten thousand times would take minutes.
    expect(performance.now() - begun).toBeLessThan(2_000)
  })
})

describe('connections', () => {
  test('either end may speak first, the asked ports tell the server', () => {
    const flows = flowsOf([down(500, 'late answer'), up(101, 'more')])
    expect(flows.flow(C, S)).toMatchObject({ client: C, server: S, fromStart: false, clientBytes: 4, serverBytes: 11 })
  })

  test('a new SYN on the same ports is a new connection, a repeated one is not', () => {
    const first = [SYN, SYN, up(101, 'mp-first '), { from: C, to: S, seq: 110, flags: 'F' }]
    const flows = flowsOf([...first, { from: C, to: S, seq: 9_000, flags: 'S' }, up(9_001, 'mp-second ')])
    expect(flows.flow(C, S)).toMatchObject({ fromStart: true, clientBytes: 10 })
    expect(flows.flow(C, S)).not.toHaveProperty('end')
    expect(flows.flowsWith('mp-first')).toMatchObject([{ clientBytes: 9, end: 'fin', firstBytes: { client: Buffer.from('mp-first ') } }])
  })

  test('a SYN that comes again late begins nothing', () => {
    expect(flowsOf([SYN, up(101, 'abc'), SYN]).flow(C, S)).toMatchObject({ clientBytes: 3, missingBytes: 0 })
  })

  test("a reset's text can be read but is no data, and its acknowledgement tells nothing", () => {
    const flows = flowsOf([
      SYN,
      down(1, 'ok'),
      up(101, 'abc'),
      { from: C, to: S, seq: 104, ack: 9_999, flags: 'R', payload: 'mp-in-reset' },
    ])
    expect(flows.flow(C, S)).toMatchObject({ clientBytes: 3, missingBytes: 0, end: 'rst' })
    expect(flows.readable('mp-in-reset')).toBe(true)
  })

  test('no text is put together over missing bytes', () => {
    const flows = flowsOf([SYN, up(101, 'x mp-a'), up(110, 'b mp-z'), down(1, '', 116)])
    expect([flows.readable('mp-ab'), flows.readable('mp-z')]).toEqual([false, true])
    expect(flows.flow(C, S)?.missingBytes).toBe(3)
  })

  test('a reset cuts; after both good-byes it does not', () => {
    const rst: FakeSegment = { from: S, to: C, seq: 1, flags: 'R' }
    const fins: FakeSegment[] = [
      { from: C, to: S, seq: 104, flags: 'F' },
      { from: S, to: C, seq: 1, flags: 'F' },
    ]
    expect(flowsOf([SYN, up(101, 'abc'), rst]).flow(C, S)?.end).toBe('rst')
    expect(flowsOf([SYN, up(101, 'abc'), ...fins, rst]).flow(C, S)?.end).toBe('fin')
  })

  test('a window counts only what came in it', () => {
    const flows = flowsOf([
      { ...SYN, at: 1 },
      { ...up(101, 'before'), at: 10 },
      { ...up(107, 'within'), at: 20 },
      { ...down(1, 'ok'), at: 21 },
    ])
    expect(flows.flow(C, S, 20)).toMatchObject({ clientBytes: 6, serverBytes: 2, firstBytes: { client: Buffer.from('within') } })
    expect(flows.flow(C, S, 22)).toMatchObject({ clientBytes: 0, serverBytes: 0 })
  })

  test('missing bytes are told in the window in which they were missed', () => {
    const flows = flowsOf([
      { ...SYN, at: 1 },
      { ...up(111, 'abc'), at: 5 },
      { ...down(1, '', 114), at: 6 },
    ])
    expect(flows.flow(C, S)?.missingBytes).toBe(10)
    expect(flows.flow(C, S, 7)?.missingBytes).toBe(0)
  })

  test('a hole still open counts as missing', () => {
    expect(flowsOf([SYN, up(111, 'abc')]).flow(C, S)?.missingBytes).toBe(10)
  })

  test('nothing is known of ends that never spoke', () => {
    expect(flowsOf([SYN]).flow(C, '10.0.0.3:80')).toBeUndefined()
  })
})

describe('real connections', () => {
  test('the sealed handshake of a TLS 1.3 server is no answer', () => {
    const refused = readFixture('strict').flows.flow('10.244.0.19:55180', '10.244.0.13:8080')
    expect(refused).toMatchObject({ tls: true, version: '1.3', appDataFromClient: true, appDataFromServer: false, end: 'rst' })
  })

  test('a handshake refused in clear has failed, one refused before any answer too', () => {
    const { flows } = readFixture('strict')
    expect(flows.flow('10.244.0.19:55192', '10.244.0.13:8080')).toMatchObject({ version: '1.2', alert: 'fatal 40', handshakeFailed: true })
    const alone = readFixture('tls-to-plain').flows.flow('10.244.0.19:43284', '10.244.0.13:8080')
    expect(alone).toMatchObject({ tls: true, hello: { sni: 'httpbin.foo' }, serverBytes: 0, handshakeFailed: true })
  })

  test('a packet that was not captured leaves the rest of the connection readable, and is told', () => {
    const { records } = readFixture('strict')
    const [client, server] = ['10.244.0.14:59858', '10.244.0.13:8080']
    const flows = new Flows([8080])
    const dropped = records.findIndex(({ frame, linkType }) => {
      const segment = readSegment(frame, linkType)
      return segment?.source === server && segment.target === client && segment.length > 0
    })
    for (const [index, record] of records.entries()) if (index !== dropped) flows.add(record)
    const view = flows.flow(client, server)
    expect(view?.missingBytes).toBeGreaterThan(0)
    expect(view).toMatchObject({ tls: true, appDataFromServer: true, handshakeFailed: false })
    expect(view).not.toHaveProperty('alert')
  })

  test('a pooled connection shows application data in the window of each request, and none after', () => {
    const { flows, log } = readFixture('mtls-pooled')
    const [client, server] = ['10.244.0.14:34192', '10.244.0.13:8080']
    const requests = log.filter(({ directRemote }) => directRemote === client).map(({ start }) => Date.parse(start) - 20)
    const last = requests.at(-1) ?? 0
    expect(flows.flow(client, server, last)).toMatchObject({
      fromStart: false,
      tls: true,
      appDataFromClient: true,
      appDataFromServer: true,
    })
    expect(flows.flow(client, server, last + 200)).toMatchObject({ tls: true, appDataFromClient: false, appDataFromServer: false })
  })
})

describe('memory', () => {
  test('a long flow keeps its latest bytes, all counts and all tokens', () => {
    const flows = new Flows([80])
    flows.add(recordOf(SYN))
    const size = 10_000
    for (let i = 0; i < 400; i += 1) flows.add(recordOf({ ...up(101 + i * size, `mp-long-${i} `.padEnd(size, '.')), at: i }))
    expect(flows.flow(C, S)?.clientBytes).toBe(4_000_000)
    expect(flows.flow(C, S, 390)?.clientBytes).toBe(100_000)
    expect([flows.readable('mp-long-0'), flows.readable('mp-long-399')]).toEqual([true, true])
    expect([flows.readable('p-long-399'), flows.readable('p-long-0')]).toEqual([true, false])
  })

  test('evidence is a pcap of whole records, within its limit', () => {
    const { flows, bytes } = readFixture('strict')
    const ends = ['10.244.0.14:59858', '10.244.0.13:8080'] as const
    for (const limit of [0, 100, 5_000, 1_000_000]) {
      const evidence = flows.records(...ends, limit)
      expect(evidence.length).toBeLessThanOrEqual(limit)
      const again = new Flows([8080])
      const reader = new PcapReader((record) => again.add(record))
      reader.feed(Buffer.concat([bytes.subarray(0, 24), evidence]))
      expect([reader.fault, reader.partial]).toEqual([undefined, 0])
      if (limit === 1_000_000) expect(again.flow(...ends)).toEqual(flows.flow(...ends))
    }
  })
})

function up(seq: number, payload: string): FakeSegment {
  return { from: C, to: S, seq, payload }
}

function down(seq: number, payload: string, ack?: number): FakeSegment {
  return { from: S, to: C, seq, payload, ...(ack === undefined ? {} : { ack }) }
}
