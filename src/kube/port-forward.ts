import { Duplex } from 'node:stream'
import WebSocket from 'ws'
import { MeshproofError } from '../error.ts'
import type { Cluster, PodRef } from './cluster.ts'
import { linkOf } from './link.ts'
import { opened } from './opened.ts'

/** The subprotocol of port-forwarding over WebSocket: one pair of channels for each port. */
const PROTOCOL = 'v4.channel.k8s.io'
const DATA = 0
const ERROR = 1
/** Both channels begin with the port, as two bytes. */
const PREFIX = 2
const CODES = { refused: 'forward-refused', timeout: 'forward-timeout', lost: 'forward-lost' }

interface ForwardOptions {
  readonly signal: AbortSignal
  /** Bound of the opening, in milliseconds. */
  readonly deadlineMs: number
}

/**
 * A TCP connection to a port of a pod, made by the pod's node inside the pod's own network, as `kubectl port-forward` does:
 * it comes over the loopback interface, which no sidecar redirects. The stream fails with MeshproofError `forward-broken` when the
 * node could not connect or lost the connection; a regular end of the pod's side ends it.
 * @throws MeshproofError `forward-refused` with the API server's own words, `forward-timeout`, `forward-lost`; the signal's reason.
 */
export async function openPortForward(
  cluster: Cluster,
  pod: Omit<PodRef, 'container'>,
  port: number,
  options: ForwardOptions,
): Promise<Duplex> {
  const { signal, deadlineMs } = options
  signal.throwIfAborted()
  const link = await linkOf(cluster)
  const path = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.pod)}/portforward?ports=${port}`
  const url = new URL(link.server.pathname.replace(/\/$/, '') + path, link.server)
  url.protocol = link.server.protocol === 'http:' ? 'ws:' : 'wss:'
  const socket = new WebSocket(url, [PROTOCOL], { agent: link.single, headers: link.headers, perMessageDeflate: false })
  // Made before the handshake ends, since the first frames may come with it.
  const stream = new ForwardStream(socket, `${pod.pod}.${pod.namespace}:${port}`, signal)
  const what = `a port-forward to port ${port} of ${pod.pod}.${pod.namespace}`
  await opened(socket, { what, codes: CODES, signal, deadlineMs })
  return stream
}

class ForwardStream extends Duplex {
  readonly #socket: WebSocket
  readonly #name: string
  readonly #begun = new Set<number>()
  #fault = ''

  constructor(socket: WebSocket, name: string, signal: AbortSignal) {
    super({ allowHalfOpen: true, signal })
    this.#socket = socket
    this.#name = name
    socket.on('message', (message: Buffer) => this.#take(message))
    socket.on('close', () => this.#end())
    socket.on('error', (error) => this.destroy(error))
  }

  override _read(): void {
    if (this.#socket.isPaused) this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    // A link that is closing fails every write; why it closes comes with its end.
    const { readyState } = this.#socket
    this.#socket.send(Buffer.concat([Buffer.from([DATA]), chunk]), (error) => done(error && readyState === WebSocket.OPEN ? error : null))
  }

  /** The protocol cannot close one direction alone: our side stays open until the pod's ends. */
  override _final(done: () => void): void {
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.terminate()
    done(error)
  }

  #take(message: Buffer): void {
    const channel = message[0] ?? -1
    const first = !this.#begun.has(channel)
    this.#begun.add(channel)
    const chunk = message.subarray(first ? 1 + PREFIX : 1)
    if (chunk.length === 0) return
    if (channel === ERROR) this.#fault += chunk.toString('utf8')
    else if (channel === DATA && !this.push(chunk)) this.#socket.pause()
  }

  #end(): void {
    if (this.#fault === '') {
      this.push(null)
      return
    }
    this.destroy(
      new MeshproofError({ code: 'forward-broken', message: `the node could not forward to ${this.#name}`, seen: this.#fault.trim() }),
    )
  }
}
