import { describe, expect, test } from 'vitest'
import type { FlowView } from './capture-types.ts'
import { flowsOf, readFixture } from './fake-packets.ts'
import { classifyWire, readWire, type ServerWord } from './wire.ts'

const HTTPBIN = '10.244.0.13:8080'
const MESH_LOG = { tls: 'TLSv1.3', peer: 'spiffe://cluster.local/ns/foo/sa/sleep', sni: 'outbound_.8000_._.httpbin.foo.svc.cluster.local' }

describe('real captures with the real log line', () => {
  test('mutual TLS on a connection older than the capture', () => {
    expect(read('mtls-pooled', 'mp-pooled-2', '10.244.0.14:34192', HTTPBIN)).toMatchInlineSnapshot(
      `"mtls: TLSv1.3 application data both ways, SNI outbound_.8000_._.httpbin.foo.svc.cluster.local, peer spiffe://cluster.local/ns/foo/sa/sleep"`,
    )
  })

  test('mutual TLS from its handshake on', () => {
    expect(read('strict', 'mp-strict-mesh-4', '10.244.0.14:59858', HTTPBIN)).toMatchInlineSnapshot(
      `"mtls: TLSv1.3 application data both ways, SNI outbound_.8000_._.httpbin.foo.svc.cluster.local, peer spiffe://cluster.local/ns/foo/sa/sleep"`,
    )
  })

  test('mutual TLS over TCP', () => {
    expect(read('tcp-echo', 'mp-echo-mesh', '10.244.0.14:33908', '10.244.0.12:9000')).toMatchInlineSnapshot(
      `"mtls: TLSv1.3 application data both ways, SNI outbound_.9000_._.tcp-echo.foo.svc.cluster.local, peer spiffe://cluster.local/ns/foo/sa/sleep"`,
    )
  })

  test('mutual TLS that an authorization policy closed', () => {
    expect(read('rbac-echo', 'mp-echo-denied-mesh', '10.244.0.38:56614', '10.244.0.35:9001', false)).toMatchInlineSnapshot(
      `"mtls: TLSv1.3 application data from the client, SNI outbound_.9001_._.tcp-echo.foo.svc.cluster.local, peer spiffe://cluster.local/ns/foo/sa/sleep"`,
    )
  })

  test('plain text that was served', () => {
    expect(read('mtls-pooled', 'mp-marker-1', '10.244.0.19:43252', HTTPBIN)).toMatchInlineSnapshot(
      `"plain: the token was readable: "GET /ip HTTP/1.1..Host: httpbin.foo:8000""`,
    )
  })

  test('plain text over TCP, where the log line tells of a TLS error', () => {
    expect(read('tcp-echo', 'mp-echo-plain', '10.244.0.19:60926', '10.244.0.12:9000')).toMatchInlineSnapshot(
      `"plain: the token was readable: "mp-echo-plain.""`,
    )
  })

  test('plain text that STRICT refused', () => {
    expect(read('strict', 'mp-strict-plain', '10.244.0.19:55172', HTTPBIN, false)).toMatchInlineSnapshot(
      `"plain: the token was readable: "GET /ip HTTP/1.1..Host: httpbin.foo:8000""`,
    )
    expect(read('strict-echo-denied', 'mp-echo-strict', '10.244.0.19:34832', '10.244.0.12:9000', false)).toMatchInlineSnapshot(
      `"plain: the token was readable: "mp-echo-strict.""`,
    )
  })

  test('TLS without a certificate: an alert in clear, a reset, and a refusal that TLS 1.3 seals', () => {
    expect(read('strict', 'mp-strict-tls12', '10.244.0.19:55192', HTTPBIN, false)).toMatchInlineSnapshot(`"tls-failed: TLS alert fatal 40"`)
    expect(read('tls-to-plain', 'mp-https-1', '10.244.0.19:43284', HTTPBIN, false)).toMatchInlineSnapshot(
      `"tls-failed: ended by a reset before any application data"`,
    )
    expect(read('strict', 'mp-strict-https', '10.244.0.19:55180', HTTPBIN, false)).toMatchInlineSnapshot(
      `"unknown: TLS records, ended by a reset, but no log line with a TLS version"`,
    )
  })
})

describe('no proof, no verdict', () => {
  test('a capture with a fault', () => {
    const { flows } = readFixture('strict')
    const capture = { fault: () => '12 packets dropped', flow: flows.flow.bind(flows), flowsWith: flows.flowsWith.bind(flows) }
    const question = { client: '10.244.0.19:55172', server: HTTPBIN, token: 'mp-strict-plain' }
    expect(readWire(capture, question)).toEqual({ wire: 'unknown', evidence: 'the capture proves nothing: 12 packets dropped' })
  })

  test('but a port that is used again hides nothing', () => {
    const ends = { from: '10.0.0.1:4000', to: '10.0.0.2:80' }
    const flows = flowsOf([
      { ...ends, seq: 1, flags: 'S' },
      { ...ends, seq: 2, payload: 'GET / mp-old-1 ' },
      { ...ends, seq: 17, flags: 'F' },
      { ...ends, seq: 900, flags: 'S' },
    ])
    const capture = { fault: () => undefined, flow: flows.flow.bind(flows), flowsWith: flows.flowsWith.bind(flows) }
    expect(readWire(capture, { client: ends.from, server: ends.to, token: 'mp-old-1' })).toEqual({
      wire: 'plain',
      evidence: 'the token was readable: "GET / mp-old-1 "',
    })
  })

  test('a connection that was not captured', () => {
    expect(read('strict', 'mp-none', '10.244.0.14:1', HTTPBIN)).toMatchInlineSnapshot(
      `"unknown: no packet of 10.244.0.14:1 to 10.244.0.13:8080 was captured"`,
    )
  })

  test('a window after everything', () => {
    expect(read('mtls-pooled', 'mp-pooled-2', '10.244.0.14:34192', HTTPBIN, true, Date.parse('2027-01-01'))).toMatchInlineSnapshot(
      `"unknown: no TLS application data from the client in the window"`,
    )
  })

  test.each<{ name: string; log?: ServerWord; readable?: 'here' | 'elsewhere' | 'nowhere'; view?: Partial<FlowView>; says: string }>([
    { name: 'no log line', log: {}, says: 'TLS records, but no log line with a TLS version' },
    { name: 'no TLS version', log: { ...MESH_LOG, tls: '-' }, says: 'TLS records, but no log line with a TLS version' },
    { name: 'no peer', log: { ...MESH_LOG, peer: null }, says: 'TLS, but the log line names no SPIFFE peer' },
    {
      name: 'a peer without SPIFFE identity',
      log: { ...MESH_LOG, peer: 'https://somebody' },
      says: 'TLS, but the log line names no SPIFFE peer: https://somebody',
    },
    {
      name: "a name that is not Istio's",
      log: { ...MESH_LOG, sni: 'httpbin.foo' },
      says: "TLS, but neither SNI nor ALPN are Istio's: SNI httpbin.foo, ALPN before the capture",
    },
    {
      name: 'no name',
      log: { ...MESH_LOG, sni: null },
      says: "TLS, but neither SNI nor ALPN are Istio's: SNI none, ALPN before the capture",
    },
    { name: 'token readable in another flow', readable: 'elsewhere', says: 'the token was readable in another flow' },
    { name: 'token readable, the flow in TLS', log: {}, readable: 'here', says: 'the token was readable, but the flow began as TLS' },
    {
      name: 'token readable, TLS in the log only',
      readable: 'here',
      view: { tls: false },
      says: 'the token was readable, but the log line has TLSv1.3',
    },
    { name: 'bytes missing', view: { missingBytes: 3 }, says: '3 bytes of the flow were not captured' },
    {
      name: 'no TLS on the wire',
      view: { tls: false, firstBytes: { client: Buffer.alloc(0), server: Buffer.alloc(0) } },
      says: 'neither TLS nor the token: no bytes from the client',
    },
    { name: 'nothing from the client', view: { appDataFromClient: false }, says: 'no TLS application data from the client in the window' },
    { name: 'nothing from the server', view: { appDataFromServer: false }, says: 'no TLS application data from the server in the window' },
  ])('mutual TLS but for: $name', ({ log = MESH_LOG, readable = 'nowhere', view, says }) => {
    const reading = classifyWire({ ...pooled(), ...view }, { readable, log })
    expect(reading).toEqual({ wire: 'unknown', evidence: says })
  })

  test('and with nothing missing it is mutual TLS', () => {
    expect(classifyWire(pooled(), { readable: 'nowhere', log: MESH_LOG }).wire).toBe('mtls')
  })
})

function pooled(): FlowView {
  const view = readFixture('mtls-pooled').flows.flow('10.244.0.14:34192', HTTPBIN)
  if (!view) throw new Error('no flow')
  return view
}

/** Joins the flow to the log line of its connection, as a run does; the window begins shortly before that line's request. */
function read(fixture: string, token: string, client: string, server: string, answered = true, since?: number): string {
  const { flows, log } = readFixture(fixture)
  const line = log.findLast(({ directRemote }) => directRemote === client)
  const capture = { fault: () => undefined, flow: flows.flow.bind(flows), flowsWith: flows.flowsWith.bind(flows) }
  const { wire, evidence } = readWire(capture, {
    client,
    server,
    token,
    since: since ?? (line ? Date.parse(line.start) - 50 : undefined),
    log: line && { tls: line.tls, peer: line.peer, sni: line.sni, failure: line.downstreamFailure },
    answered,
  })
  return `${wire}: ${evidence}`
}
