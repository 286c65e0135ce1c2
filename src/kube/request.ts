import http from 'node:http'
import https from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import { MeshproofError } from '../error.ts'
import type { Cluster } from './cluster.ts'
import { type Link, linkOf } from './link.ts'

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path and query, encoded: `/api/v1/namespaces/foo/pods?limit=1`. */
  readonly path: string
  readonly body?: unknown
  readonly contentType?: string
  readonly accept?: string
  readonly signal?: AbortSignal | undefined
  /** Bound of this one request, in milliseconds; 10 000 unless said. */
  readonly deadlineMs?: number
}

export interface ApiAnswer {
  readonly status: number
  /** Parsed JSON, or the text where it is none. */
  readonly body: unknown
  /** Texts of the Warning headers. */
  readonly warnings: readonly string[]
  /** When the headers were here (`performance.now()`). */
  readonly at: number
  /** The API server's clock, from its Date header; epoch milliseconds, whole seconds. */
  readonly serverTime: number
}

/**
 * One request to the API server on a kept connection. Any status is an answer; only the lack of one is an error.
 * @throws MeshproofError `api-unreachable` when the connection fails, `api-timeout` past the deadline; the signal's reason on abort.
 */
export async function request(cluster: Pick<Cluster, 'config' | 'context'>, ask: ApiRequest): Promise<ApiAnswer> {
  const { signal, deadlineMs = 10_000 } = ask
  signal?.throwIfAborted()
  const link = await linkOf(cluster)
  const deadline = AbortSignal.timeout(deadlineMs)
  const bounded = signal ? AbortSignal.any([signal, deadline]) : deadline
  try {
    return await send(link, ask, bounded)
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    const what = `${ask.method} ${ask.path.split('?')[0]}`
    if (deadline.aborted) {
      throw new MeshproofError({
        code: 'api-timeout',
        message: `the API server of ${cluster.context} did not answer ${what} within ${deadlineMs / 1000} s`,
        cause: error,
      })
    }
    throw new MeshproofError({
      code: 'api-unreachable',
      message: `no answer from the API server of ${cluster.context} to ${what}`,
      next: `check that ${link.server.origin} is up: kubectl --context ${cluster.context} version`,
      cause: error,
    })
  }
}

/** Opens a request whose answer is read as a stream. Resolves with the headers; the caller owns the body. */
export async function requestStream(
  cluster: Pick<Cluster, 'config' | 'context'>,
  { path, signal }: { path: string; signal: AbortSignal },
): Promise<http.IncomingMessage> {
  const link = await linkOf(cluster)
  return open(link, { method: 'GET', path, signal })
}

async function send(link: Link, ask: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> {
  const payload = ask.body === undefined ? undefined : JSON.stringify(ask.body)
  const response = await open(link, { ...ask, signal, payload })
  const at = performance.now()
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return {
    status: response.statusCode ?? 0,
    body: parse(Buffer.concat(chunks).toString('utf8')),
    warnings: (response.headersDistinct['warning'] ?? []).flatMap(warningTexts),
    at,
    serverTime: Date.parse(response.headers.date ?? '') || Date.now(),
  }
}

const CLOSED = new Set(['ECONNRESET', 'EPIPE'])

interface Opening extends Pick<ApiRequest, 'method' | 'path' | 'contentType' | 'accept'> {
  readonly signal: AbortSignal
  readonly payload?: string | undefined
}

/** How often a request is sent that the API server is too busy for; client-go's own number. */
const BUSY_TRIES = 10

/**
 * The API server answers 429 with Retry-After to what it has no room for and has not looked at (API priority and fairness): such a request
 * is sent again when it says so. A 429 without that header is an answer like any other.
 */
async function open(link: Link, opening: Opening): Promise<http.IncomingMessage> {
  for (let tries = 1; ; tries += 1) {
    const response = await openOnce(link, opening)
    const after = response.statusCode === 429 ? Number(response.headers['retry-after']) : Number.NaN
    if (Number.isNaN(after) || tries === BUSY_TRIES) return response
    response.resume()
    await pause(after * 1_000, undefined, { signal: opening.signal })
  }
}

async function openOnce(link: Link, opening: Opening): Promise<http.IncomingMessage> {
  const { method, path, contentType = 'application/json', accept = 'application/json', signal, payload } = opening
  const headers: http.OutgoingHttpHeaders = { 'user-agent': 'meshproof', ...link.headers, accept }
  if (payload !== undefined) {
    headers['content-type'] = contentType
    headers['content-length'] = Buffer.byteLength(payload)
  }
  const url = new URL(link.server.pathname.replace(/\/$/, '') + path, link.server)
  const { request: start } = url.protocol === 'http:' ? http : https
  return new Promise((resolve, reject) => {
    const sent = start(url, { method, headers, agent: link.pool, signal }, resolve)
    sent.once('error', (error: NodeJS.ErrnoException) => {
      // A kept connection that the server closed just now: the request never began, and every request of ours can be repeated.
      if (sent.reusedSocket && CLOSED.has(error.code ?? '') && !signal.aborted) openOnce(link, opening).then(resolve, reject)
      else reject(error)
    })
    sent.end(payload)
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** `299 - "text"`, several to a header, quotes escaped (RFC 7234, 5.5). Node reads headers as Latin-1; they are UTF-8. */
function warningTexts(header: string): string[] {
  const utf8 = Buffer.from(header, 'latin1').toString('utf8')
  return [...utf8.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) => (match[1] ?? '').replace(/\\(.)/g, '$1'))
}
