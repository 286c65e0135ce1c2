import type { IncomingMessage } from 'node:http'
import { MeshproofError } from '../error.ts'
import { apiError } from './api-status.ts'
import type { Cluster, PodRef } from './cluster.ts'
import { requestStream } from './request.ts'

interface FollowOptions {
  /** Lines already written: those of the last seconds, or the last so many; none unless said. */
  readonly sinceSeconds?: number | undefined
  readonly tailLines?: number | undefined
  /** A complete line, without its newline. */
  readonly onLine: (line: string) => void
  /** Ends the following whenever it aborts. */
  readonly signal: AbortSignal
  /** Bound until the API server answers, in milliseconds; 10 000 unless said. */
  readonly deadlineMs?: number | undefined
}

export interface LogFollower {
  /** Why the log ended; settles once, never rejects. */
  readonly ended: Promise<string>
  close(): void
}

const MAX_LINE = 1024 * 1024

/**
 * Follows a container's log, line by line, as it is written. Resolves when the API server has begun to answer.
 * @throws MeshproofError `logs-refused`, `api-unreachable`, `api-timeout`; the signal's reason.
 */
export async function followLogs(cluster: Cluster, pod: PodRef, options: FollowOptions): Promise<LogFollower> {
  const { signal, onLine, deadlineMs = 10_000 } = options
  const closing = new AbortController()
  const response = await opened(cluster, pod, { ...options, deadlineMs, closing: AbortSignal.any([signal, closing.signal]), stop: closing })
  response.socket.setKeepAlive(true, 15_000)
  return {
    ended: readLines(response, onLine).catch((error: Error) => {
      if (signal.aborted || closing.signal.aborted) return 'closed by us'
      return error.message
    }),
    close: () => closing.abort(),
  }
}

interface Opening extends FollowOptions {
  readonly deadlineMs: number
  readonly closing: AbortSignal
  readonly stop: AbortController
}

async function opened(cluster: Cluster, pod: PodRef, { closing, stop, deadlineMs, signal, ...since }: Opening): Promise<IncomingMessage> {
  const name = `${pod.pod}.${pod.namespace}/${pod.container}`
  const path = logPath(pod, since)
  const late = new MeshproofError({ code: 'api-timeout', message: `the log of ${name} did not open within ${deadlineMs / 1000} s` })
  const timer = setTimeout(() => stop.abort(late), deadlineMs)
  try {
    const response = await requestStream(cluster, { path, signal: closing })
    if (response.statusCode === 200) return response
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    throw apiError(`show the log of ${name}`, { status: response.statusCode ?? 0, body: parse(Buffer.concat(chunks).toString('utf8')) })
  } catch (cause) {
    if (signal.aborted) throw signal.reason
    if (closing.aborted) throw late
    if (cause instanceof MeshproofError) throw cause
    throw new MeshproofError({ code: 'api-unreachable', message: `the log of ${name} could not be asked for`, cause })
  } finally {
    clearTimeout(timer)
  }
}

function logPath({ namespace, pod, container }: PodRef, since: Pick<FollowOptions, 'sinceSeconds' | 'tailLines'>): string {
  const query = new URLSearchParams({ container, follow: 'true' })
  if (since.sinceSeconds !== undefined) query.set('sinceSeconds', String(since.sinceSeconds))
  if (since.tailLines !== undefined || since.sinceSeconds === undefined) query.set('tailLines', String(since.tailLines ?? 0))
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log?${query}`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Splits bytes, not text: a chunk may end in the middle of a character. */
async function readLines(response: IncomingMessage, onLine: (line: string) => void): Promise<string> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of response as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let from = 0
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10, from)) {
      onLine(rest.toString('utf8', from, at))
      from = at + 1
    }
    rest = rest.subarray(from)
    if (rest.length > MAX_LINE) throw new Error(`a line longer than ${MAX_LINE} bytes`)
  }
  // A node that cannot follow a log says so where the next line would be, without an end of it.
  return rest.length === 0 ? 'the log ended' : `the log ended within a line: ${rest.toString('utf8').slice(0, 200)}`
}
