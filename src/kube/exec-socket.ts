import WebSocket from 'ws'
import { MeshproofError } from '../error.ts'
import type { Cluster, PodRef } from './cluster.ts'
import { EXEC_PROTOCOLS, readFrame, type StatusEnd, stdinEndFrame, stdinFrame } from './exec-channel.ts'
import { linkOf } from './link.ts'
import { opened } from './opened.ts'

const CODES = { refused: 'exec-refused', timeout: 'exec-timeout', lost: 'exec-link-lost' }

export interface ExecSocketOptions {
  /** A promise holds the reading back until it settles: the pod waits rather than our memory fills. */
  readonly onStdout: (chunk: Buffer) => void | Promise<void>
  readonly onStderr: (chunk: Buffer) => void | Promise<void>
  /** Whether the process gets a stdin. */
  readonly stdin: boolean
  readonly signal: AbortSignal
  /** Bound of the connecting, in milliseconds. */
  readonly deadlineMs: number
  /** Between two pings, in milliseconds; 15 000 unless said. Two without any sign of life are a lost link. */
  readonly pingMs?: number | undefined
}

/** Whichever came first: the process's status, the end of the link, our own close or abort. */
export type SocketEnd = StatusEnd | { readonly kind: 'lost'; readonly reason: string } | { readonly kind: 'closed-by-us' }

export interface ExecSocket {
  /** Settles when the bytes were handed to the kernel; rejects once the link is gone. */
  send(data: string | Buffer): Promise<void>
  /** Bytes that the kernel has not taken yet. */
  readonly waiting: number
  /** Ends stdin, the process goes on. @throws MeshproofError `exec-protocol` on servers older than Kubernetes 1.30. */
  endStdin(): void
  close(): void
  readonly ended: Promise<SocketEnd>
}

/**
 * Starts a process in a container, over one WebSocket. Nothing is delivered once it ended.
 * @throws MeshproofError `exec-refused` with the API server's own words, `exec-timeout`, `exec-link-lost`; the signal's reason.
 */
export async function openExecSocket(
  cluster: Cluster,
  pod: PodRef,
  argv: readonly string[],
  options: ExecSocketOptions,
): Promise<ExecSocket> {
  options.signal.throwIfAborted()
  const link = await linkOf(cluster)
  const url = new URL(link.server.pathname.replace(/\/$/, '') + execPath(pod, argv, options.stdin), link.server)
  url.protocol = link.server.protocol === 'http:' ? 'ws:' : 'wss:'
  const socket = new WebSocket(url, EXEC_PROTOCOLS, { agent: link.single, headers: link.headers, perMessageDeflate: false })
  // Made before the handshake ends, since the first frames may come with it.
  const running = run(socket, options)
  const what = `an exec into ${pod.pod}.${pod.namespace}/${pod.container}`
  await opened(socket, { what, codes: CODES, signal: options.signal, deadlineMs: options.deadlineMs })
  return running
}

function execPath({ namespace, pod, container }: PodRef, argv: readonly string[], stdin: boolean): string {
  const query = new URLSearchParams({ container, stdin: String(stdin), stdout: 'true', stderr: 'true', tty: 'false' })
  for (const arg of argv) query.append('command', arg)
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/exec?${query}`
}

function run(socket: WebSocket, { onStdout, onStderr, signal, pingMs = 15_000 }: ExecSocketOptions): ExecSocket {
  let over = false
  let settle: (end: SocketEnd) => void = () => {}
  const ended = new Promise<SocketEnd>((resolve) => {
    settle = resolve
  })
  let lastSign = performance.now()
  const alive = (): void => {
    lastSign = performance.now()
  }
  const heartbeat = setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN || socket.isPaused) return alive()
    if (performance.now() - lastSign > 2 * pingMs) return end({ kind: 'lost', reason: `no sign of life for ${(2 * pingMs) / 1000} s` })
    socket.ping()
  }, pingMs)
  heartbeat.unref()

  function end(how: SocketEnd): void {
    if (over) return
    over = true
    clearInterval(heartbeat)
    signal.removeEventListener('abort', abort)
    settle(how)
    if (socket.isPaused) socket.resume()
    if (how.kind === 'lost' || signal.aborted) socket.terminate()
    else {
      socket.close(1000)
      // ws itself waits 30 s for the server's half of the closing, and holds the process up meanwhile.
      setTimeout(() => socket.terminate(), 1_000).unref()
    }
  }
  function abort(): void {
    end({ kind: 'closed-by-us' })
  }
  let busy = 0
  async function deliver(sink: (chunk: Buffer) => void | Promise<void>, chunk: Buffer): Promise<void> {
    const taking = sink(chunk)
    if (taking === undefined) return
    busy += 1
    socket.pause()
    try {
      await taking
    } finally {
      busy -= 1
      if (busy === 0) socket.resume()
    }
  }

  signal.addEventListener('abort', abort, { once: true })
  socket.on('pong', alive)
  socket.on('message', (message: Buffer) => {
    alive()
    if (over) return
    const frame = readFrame(message)
    if (frame.kind === 'status') return end(frame.end)
    if (frame.kind === 'other' || frame.chunk.length === 0) return
    // What a sink throws is our bug: it must come out, not be taken for the pod's fault.
    void deliver(frame.kind === 'stdout' ? onStdout : onStderr, frame.chunk)
  })
  socket.on('close', (code, reason) =>
    end({ kind: 'lost', reason: `closed without a status (${code}${reason.length > 0 ? ` ${reason}` : ''})` }),
  )
  socket.on('error', (error) => end({ kind: 'lost', reason: error.message }))

  return {
    ended,
    get waiting() {
      return socket.bufferedAmount
    },
    send: (data) =>
      new Promise((resolve, reject) => {
        if (over) return reject(new MeshproofError({ code: 'exec-link-lost', message: 'the process in the pod has ended' }))
        socket.send(stdinFrame(data), (error) => (error ? reject(linkLost(error)) : resolve()))
      }),
    endStdin() {
      if (over) return
      if (socket.protocol !== EXEC_PROTOCOLS[0]) {
        throw new MeshproofError({
          code: 'exec-protocol',
          message: 'the API server cannot end the stdin of an exec',
          expected: `${EXEC_PROTOCOLS[0]} (Kubernetes 1.30 or newer)`,
          seen: socket.protocol,
        })
      }
      socket.send(stdinEndFrame())
    },
    close() {
      if (!over && socket.protocol === EXEC_PROTOCOLS[0] && socket.readyState === WebSocket.OPEN) socket.send(stdinEndFrame())
      end({ kind: 'closed-by-us' })
    },
  }
}

function linkLost(cause: Error): MeshproofError {
  return new MeshproofError({ code: 'exec-link-lost', message: 'the link to the process in the pod broke', cause })
}
