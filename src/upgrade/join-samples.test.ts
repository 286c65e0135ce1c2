import { describe, expect, it } from 'vitest'
import { readLogLine } from '../probe/access-log.ts'
import { type JoinedSample, type Route, SampleJoiner } from './join-samples.ts'
import { type Sample, tokenOf } from './prober-line.ts'

const AT = Date.parse('2026-11-24T14:00:00.000Z')

function sample(overrides: Partial<Sample> = {}): Sample {
  return { prober: 'prober-b', n: 1, pair: 's1.c1', lane: 'fresh', at: AT, ms: 4, outcome: '200', port: 40_001, ...overrides }
}

function line(overrides: Record<string, unknown>) {
  const text = JSON.stringify({
    token: null,
    connection: 7,
    start: '2026-11-24T14:00:00.001Z',
    directRemote: null,
    downstreamLocal: null,
    ...overrides,
  })
  const read = readLogLine(text, 0)
  if (!read) throw new Error('no line')
  return read
}

const MESHED: Route = { ip: '10.0.0.9', namespace: 'b', viaProxy: true, readable: true, server: { namespace: 'a', port: 8080 } }

function joining(route: Route) {
  const joined: JoinedSample[] = []
  const joiner = new SampleJoiner({ route: () => route, wordless: () => false, onJoined: (one) => joined.push(one) })
  return { joined, joiner }
}

describe('a sample and the lines of its proxies', () => {
  it('are joined by the token, whichever comes first', () => {
    const { joined, joiner } = joining(MESHED)
    joiner.addSample(sample(), AT)
    expect(joiner.waiting).toBe(1)
    joiner.addServerLine(line({ token: tokenOf(sample()), code: 200 }), 'a', AT)
    joiner.sweep(AT)
    joiner.addServerLine(line({ token: tokenOf(sample({ n: 2 })), code: 403 }), 'a', AT)
    joiner.addSample(sample({ n: 2 }), AT)
    expect([joiner.waiting, joined.map(({ server }) => server?.code)]).toEqual([0, [200, 403]])
  })

  it('are never joined by a port that another connection of the same source has too', () => {
    const { joined, joiner } = joining({ ...MESHED, viaProxy: false })
    // The same end, to another server: a refused connection of another pair.
    joiner.addServerLine(
      line({ directRemote: '10.0.0.9:40001', downstreamLocal: '10.0.1.1:8080', details: 'filter_chain_not_found' }),
      'b',
      AT,
    )
    // The same ends, a minute ago.
    joiner.addServerLine(
      line({ directRemote: '10.0.0.9:40001', downstreamLocal: '10.0.1.2:8080', start: '2026-11-24T13:59:00.000Z' }),
      'a',
      AT,
    )
    joiner.addSample(sample(), AT)
    joiner.sweep(AT, true)
    expect(joined).toEqual([{ sample: sample(), server: undefined, client: undefined }])
  })

  it('are joined by the connection where the request was never read', () => {
    const { joined, joiner } = joining({ ...MESHED, viaProxy: false })
    joiner.addServerLine(
      line({ directRemote: '10.0.0.9:40001', downstreamLocal: '10.0.1.2:8080', details: 'filter_chain_not_found' }),
      'a',
      AT,
    )
    joiner.addSample(sample({ outcome: 'reset' }), AT)
    expect(joined[0]?.server?.details).toBe('filter_chain_not_found')
  })

  it('are joined over the client proxy where the question is a line of TCP', () => {
    const { joined, joiner } = joining({ ...MESHED, readable: false, server: { namespace: 'a', port: 9001 } })
    const common = { directRemote: '10.0.0.9:40001', start: '2026-11-24T14:00:00.001Z' }
    joiner.addClientLine(
      line({ ...common, upstreamCluster: 'outbound|9001||echo-fresh.a.svc.cluster.local', upstreamLocal: '10.0.0.9:50002' }),
      AT,
    )
    joiner.addClientLine(
      line({ ...common, upstreamCluster: 'outbound|9000||echo.a.svc.cluster.local', upstreamLocal: '10.0.0.9:50001' }),
      AT,
    )
    joiner.addServerLine(line({ directRemote: '10.0.0.9:50001', downstreamLocal: '10.0.1.2:9000', termination: 'wrong' }), 'a', AT)
    joiner.addServerLine(line({ directRemote: '10.0.0.9:50002', downstreamLocal: '10.0.1.2:9001', termination: 'right' }), 'a', AT)
    joiner.addSample(sample({ outcome: 'closed' }), AT)
    expect(joined[0]?.server?.termination).toBe('right')
  })

  it('are joined in the end by port and peer where the kernel gave the connection another end, each line once', () => {
    const { joined, joiner } = joining({ ...MESHED, readable: false, server: { namespace: 'a', port: 9001 } })
    const common = { directRemote: '10.0.0.9:61234', downstreamLocal: '10.0.1.2:9001', termination: 'rbac_access_denied' }
    joiner.addServerLine(line({ ...common, peer: 'spiffe://cluster.local/ns/other/sa/prober' }), 'a', AT)
    joiner.addServerLine(line({ ...common, downstreamLocal: '10.0.1.2:9000', peer: 'spiffe://cluster.local/ns/b/sa/prober' }), 'a', AT)
    joiner.addServerLine(line({ ...common, connection: 9, peer: 'spiffe://cluster.local/ns/b/sa/prober' }), 'a', AT)
    joiner.addSample(sample({ outcome: 'closed' }), AT)
    joiner.addSample(sample({ n: 2, outcome: 'closed' }), AT)
    joiner.sweep(AT)
    expect(joiner.waiting).toBe(2)
    joiner.sweep(AT + 5_000)
    expect(joined.map(({ server }) => server?.connection)).toEqual([9, undefined])
  })

  it('are given up after five seconds, and the sample is judged without a word', () => {
    const { joined, joiner } = joining(MESHED)
    joiner.addSample(sample(), AT)
    joiner.sweep(AT + 4_999)
    expect(joined).toEqual([])
    joiner.sweep(AT + 5_000)
    expect([joined.length, joiner.waiting]).toEqual([1, 0])
  })

  it('are still known half a minute after, and forgotten in the end', () => {
    const { joined, joiner } = joining(MESHED)
    joiner.addServerLine(line({ token: tokenOf(sample()) }), 'a', AT)
    joiner.addServerLine(line({ token: 'mp-other-1' }), 'a', AT + 31_000)
    joiner.addSample(sample(), AT + 31_000)
    expect(joined[0]?.server).toBeDefined()
    joiner.addServerLine(line({ token: 'mp-other-2' }), 'a', AT + 62_000)
    joiner.addSample(sample(), AT + 62_000)
    expect(joiner.waiting).toBe(1)
  })
})
