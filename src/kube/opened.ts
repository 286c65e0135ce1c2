import type { IncomingMessage } from 'node:http'
import type WebSocket from 'ws'
import { withDeadline } from '../deadline.ts'
import { MeshproofError } from '../error.ts'
import { refusal } from './refusal.ts'

interface Opening {
  /** As it reads after "the API server refused": `an exec into sleep-1.foo/sleep`. */
  readonly what: string
  readonly codes: { readonly refused: string; readonly timeout: string; readonly lost: string }
  readonly signal: AbortSignal
  /** Bound of the opening, in milliseconds. */
  readonly deadlineMs: number
}

/**
 * Waits until a WebSocket to the API server is open.
 * @throws MeshproofError with the codes given: refused, with the API server's own words; not in time; broken. The signal's reason.
 */
export async function opened(socket: WebSocket, { what, codes, signal, deadlineMs }: Opening): Promise<void> {
  const bounded = withDeadline(signal, deadlineMs)
  await new Promise<void>((resolve, reject) => {
    const fail = (code: string, message: string, facts: { seen?: string; cause?: unknown } = {}): void =>
      reject(signal.aborted ? signal.reason : new MeshproofError({ code, message, ...facts }))
    const stop = (): void => {
      socket.terminate()
      fail(codes.timeout, `${what} did not open within ${deadlineMs / 1000} s`)
    }
    bounded.addEventListener('abort', stop, { once: true })
    const done = (): void => bounded.removeEventListener('abort', stop)
    socket.once('open', () => {
      done()
      resolve()
    })
    socket.once('error', (cause) => {
      done()
      fail(codes.lost, `${what} did not open`, { seen: cause.message, cause })
    })
    socket.once('unexpected-response', (_request, response: IncomingMessage) => {
      refusal(response)
        .then((seen) => fail(codes.refused, `the API server refused ${what}`, { seen }))
        .catch(reject)
        .finally(() => {
          done()
          socket.terminate()
        })
    })
  })
}
