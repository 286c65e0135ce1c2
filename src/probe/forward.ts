import http from 'node:http'
import type { Duplex } from 'node:stream'
import { withDeadline } from '../deadline.ts'
import { MeshproofError } from '../error.ts'
import type { Cluster } from '../kube/cluster.ts'
import { openPortForward } from '../kube/port-forward.ts'
import type { HttpRequest } from './question.ts'
import type { RawAnswer } from './session.ts'

interface ForwardedAsk {
  readonly pod: { readonly namespace: string; readonly name: string }
  readonly port: number
  readonly request: HttpRequest
  /** Whether headers and body of the answer are of interest. */
  readonly reads: boolean
  /** Bound of everything, in milliseconds. */
  readonly deadlineMs: number
  readonly signal: AbortSignal
}

/** The answers whose body is kept end here, as those of a session do. */
const MAX_BODY = 4 * 1024 * 1024

/**
 * Asks an HTTP question through the API server's port-forward, from here. The answer is in the words of a session's: curl's exit codes.
 * @throws MeshproofError `forward-refused`, `forward-lost`, `forward-broken`: the port-forward itself, of which nothing can be told.
 */
export async function askForwarded(cluster: Cluster, options: ForwardedAsk): Promise<RawAnswer> {
  const { pod, port, signal, deadlineMs } = options
  const bounded = withDeadline(signal, deadlineMs)
  try {
    const stream = await openPortForward(cluster, { namespace: pod.namespace, pod: pod.name }, port, { signal: bounded, deadlineMs })
    try {
      return await send(() => stream, options, bounded)
    } finally {
      stream.destroy()
    }
  } catch (error) {
    signal.throwIfAborted()
    if (bounded.aborted) return nothing(28, 'the deadline passed')
    if (error instanceof MeshproofError && error.code === 'forward-broken' && error.seen?.includes('connection refused')) {
      return nothing(7, error.seen)
    }
    throw error
  }
}

type Connect = () => Duplex

async function send(createConnection: Connect, { request, reads }: ForwardedAsk, signal: AbortSignal): Promise<RawAnswer> {
  const { method, url, body } = request
  const { pathname, search, host } = new URL(url)
  // What curl adds by itself, so that the app is asked the same from everywhere.
  const form = body === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(body) }
  const headers = { Host: host, Accept: '*/*', ...form, ...request.headers, Connection: 'close' }
  return new Promise((resolve, reject) => {
    const sent = http.request({ createConnection, method, path: `${pathname}${search}`, headers, signal }, (response) => {
      const status = response.statusCode ?? 0
      readBody(response).then(
        (text) => resolve({ exit: 0, status, localPort: 0, text: '', ...(reads ? { body: `${head(response)}\r\n${text}` } : {}) }),
        // A head, and then the connection ended: curl calls that a partial transfer.
        () => resolve({ exit: 18, status, localPort: 0, text: 'the answer ended early' }),
      )
    })
    sent.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') resolve(nothing(52, 'the connection ended without an answer'))
      else reject(error)
    })
    sent.end(body)
  })
}

async function readBody(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= MAX_BODY) chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function head({ httpVersion, statusCode, statusMessage, rawHeaders }: http.IncomingMessage): string {
  const lines = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1]}\r\n`] : []))
  return `HTTP/${httpVersion} ${statusCode} ${statusMessage}\r\n${lines.join('')}`
}

function nothing(exit: number, text: string): RawAnswer {
  return { exit, status: 0, localPort: 0, text }
}
