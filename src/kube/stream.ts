import { MeshproofError } from '../error.ts'
import type { Cluster, ExecStream, PodRef, StreamEnd } from './cluster.ts'
import { openExecSocket, type SocketEnd } from './exec-socket.ts'

interface StreamOptions {
  /** Returning a promise holds the reading back until it settles. */
  readonly onStdout: (chunk: Buffer) => void | Promise<void>
  readonly onStderr: (chunk: Buffer) => void | Promise<void>
  /** Ends the stream whenever it aborts. */
  readonly signal: AbortSignal
  /** Bound of the connecting alone, in milliseconds. */
  readonly deadlineMs: number
}

/** Bytes of stdin that may wait for the network; more means that the pod does not read. */
const MAX_WAITING = 4 * 1024 * 1024

/**
 * Starts a process in a container and keeps it running. Resolves when the link is open; a line written then is on its way at once.
 * @throws MeshproofError `exec-refused`, `exec-timeout`, `exec-link-lost`; the signal's reason.
 */
export async function openStream(cluster: Cluster, pod: PodRef, argv: readonly string[], options: StreamOptions): Promise<ExecStream> {
  const socket = await openExecSocket(cluster, pod, argv, { ...options, stdin: true })
  let end: StreamEnd | undefined
  const ended = socket.ended.then((how) => {
    end = streamEnd(how)
    return end
  })
  return {
    ended,
    close: () => socket.close(),
    write(text) {
      if (end)
        throw lost(pod, end.kind === 'lost' ? end.reason : end.kind === 'exit' ? `it exited with ${end.code}` : 'it was closed by us')
      if (socket.waiting > MAX_WAITING) {
        socket.close()
        throw lost(pod, `${socket.waiting} bytes of stdin are waiting`)
      }
      // A failed send ends the link too, and `ended` says why: nothing is lost here.
      socket.send(text).catch(() => {})
    },
  }
}

function streamEnd(how: SocketEnd): StreamEnd {
  return how.kind === 'failed' ? { kind: 'lost', reason: how.message } : how
}

function lost({ namespace, pod, container }: PodRef, seen: string): MeshproofError {
  return new MeshproofError({
    code: 'exec-link-lost',
    message: `the process in ${pod}.${namespace}/${container} cannot be written to`,
    seen,
  })
}
