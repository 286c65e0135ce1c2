import type { Wire } from '../scenario/model.ts'
import type { Address, Capture, FlowView } from './capture-types.ts'

/** What the packets and the server proxy's log say together about one probe's way. `unknown` comes with its reason in `evidence`. */
export interface WireReading {
  readonly wire: Wire | 'unknown'
  /** One sentence: `TLS 1.3 application data both ways, SNI outbound_.8000_._.…, peer spiffe://…`. */
  readonly evidence: string
}

/** The TLS side of the server proxy's access log line; null and a dash count as absent. */
export interface ServerWord {
  /** `%DOWNSTREAM_TLS_VERSION%`. */
  readonly tls?: string | null | undefined
  /** `%DOWNSTREAM_PEER_URI_SAN%`. */
  readonly peer?: string | null | undefined
  /** `%REQUESTED_SERVER_NAME%`. */
  readonly sni?: string | null | undefined
  /** `%DOWNSTREAM_TRANSPORT_FAILURE_REASON%`. */
  readonly failure?: string | null | undefined
}

interface WireFacts {
  /** Where the probe's token is readable: in its own flow, only in another one, nowhere in the capture. */
  readonly readable: 'here' | 'elsewhere' | 'nowhere'
  readonly log?: ServerWord | undefined
  /** False where the server closed without an answer: then its side needs no application data. True unless said. */
  readonly answered?: boolean | undefined
}

interface WireQuestion extends Omit<WireFacts, 'readable'> {
  readonly client: Address
  readonly server: Address
  readonly token: string
  /** Begin of the probe's window, by the capture's clock: that of the server proxy in the same pod. */
  readonly since?: number | undefined
}

/**
 * Reads the wire of one probe out of a capture. Everything of the probe must have come through it already:
 * a marker sent after it was seen.
 */
export function readWire(capture: Pick<Capture, 'fault' | 'flow' | 'flowsWith'>, question: WireQuestion): WireReading {
  const { client, server, token, since } = question
  const fault = capture.fault()
  if (fault) return unknown(`the capture proves nothing: ${fault}`)
  const view = capture.flow(client, server, since)
  if (!view) return unknown(`no packet of ${client} to ${server} was captured`)
  const holding = capture.flowsWith(token)
  // Of several connections with these ends, the one with the token is the probe's.
  const here = holding.find((flow) => flow.client === view.client && flow.server === view.server)
  const readable = here ? 'here' : holding.length > 0 ? 'elsewhere' : 'nowhere'
  return classifyWire(here ?? view, { ...question, readable })
}

/** Judges one flow in its window. Pure; says `unknown` wherever anything is missing for a proof. */
export function classifyWire(view: FlowView, { readable, log = {}, answered = true }: WireFacts): WireReading {
  const tls = said(log.tls)
  const peer = said(log.peer)
  const failure = said(log.failure)
  if (readable === 'here') {
    if (view.tls || tls) return unknown(`the token was readable, but ${tls ? `the log line has ${tls}` : 'the flow began as TLS'}`)
    return { wire: 'plain', evidence: `the token was readable: ${quote(view.firstBytes.client)}` }
  }
  if (view.tls && view.handshakeFailed) return { wire: 'tls-failed', evidence: failedText(view, failure) }
  if (view.tls && failure) return { wire: 'tls-failed', evidence: `the server's proxy: ${failure}` }
  if (readable === 'elsewhere') return unknown('the token was readable in another flow')
  if (view.missingBytes > 0) return unknown(`${view.missingBytes} bytes of the flow were not captured`)
  if (!view.tls) return unknown(`neither TLS nor the token: ${quote(view.firstBytes.client)}`)
  if (!tls) return unknown(`TLS records${view.end ? `, ended by ${endText(view)}` : ''}, but no log line with a TLS version`)
  if (!peer?.startsWith('spiffe://')) return unknown(`TLS, but the log line names no SPIFFE peer${peer ? `: ${peer}` : ''}`)
  if (!view.appDataFromClient) return unknown('no TLS application data from the client in the window')
  if (answered && !view.appDataFromServer) return unknown('no TLS application data from the server in the window')
  const istio = istioName(view, said(log.sni))
  if (!istio) return unknown(`TLS, but neither SNI nor ALPN are Istio's: ${helloText(view, said(log.sni))}`)
  return { wire: 'mtls', evidence: `${tls} application data ${answered ? 'both ways' : 'from the client'}, ${istio}, peer ${peer}` }
}

function unknown(evidence: string): WireReading {
  return { wire: 'unknown', evidence }
}

function said(value: string | null | undefined): string | undefined {
  return value === '' || value === '-' || value === null ? undefined : value
}

// `outbound_.PORT_.SUBSET_.HOST` is what a client sidecar asks for under Istio's mutual TLS, and only then.
function istioName({ hello }: FlowView, logged: string | undefined): string | undefined {
  const sni = [hello?.sni, logged].find((name) => name?.startsWith('outbound_.'))
  if (sni) return `SNI ${sni}`
  const alpn = hello?.alpn.find((name) => name === 'istio' || name.startsWith('istio-'))
  return alpn && `ALPN ${alpn}`
}

function helloText({ hello }: FlowView, logged: string | undefined): string {
  const sni = hello?.sni ?? logged ?? 'none'
  return `SNI ${sni}, ALPN ${hello?.alpn.join(', ') || (hello ? 'none' : 'before the capture')}`
}

function failedText(view: FlowView, failure: string | undefined): string {
  const { alert } = view
  const how = alert ? `TLS alert ${alert}` : `ended by ${endText(view)} before any application data`
  return failure ? `${how}; the server's proxy: ${failure}` : how
}

function endText({ end }: FlowView): string {
  return end === 'rst' ? 'a reset' : 'a FIN'
}

function quote(bytes: Buffer): string {
  const printable = bytes.toString('latin1').replace(/[^\x20-\x7e]/g, '.')
  return printable === '' ? 'no bytes from the client' : `"${printable.slice(0, 40)}"`
}
