import { MeshproofError } from '../error.ts'
import type { Cluster, ExecResult, PodRef } from './cluster.ts'
import { type ExecSocket, openExecSocket } from './exec-socket.ts'

interface ExecOptions {
  /** Sent whole, then stdin is ended. The process has no stdin unless said. */
  readonly stdin?: string | Buffer | undefined
  readonly signal: AbortSignal
  /** Bound of everything, from the connecting to the exit, in milliseconds. */
  readonly deadlineMs: number
}

const MAX_OUTPUT = 64 * 1024 * 1024
const STDIN_CHUNK = 32 * 1024

/**
 * Runs one command in a container to its end. Any exit code is a result.
 * @throws MeshproofError `exec-refused`, `exec-failed` when it could not be run, `exec-link-lost`, `exec-timeout` with what it wrote
 * so far, `exec-output` above 64 MiB; the signal's reason.
 */
export async function exec(cluster: Cluster, pod: PodRef, argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
  const { stdin, signal, deadlineMs } = options
  const deadline = AbortSignal.timeout(deadlineMs)
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  let bytes = 0
  const into = (sink: Buffer[]) => (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= MAX_OUTPUT) sink.push(chunk)
    else socket?.close()
  }
  let socket: ExecSocket | undefined
  socket = await openExecSocket(cluster, pod, argv, {
    onStdout: into(stdout),
    onStderr: into(stderr),
    stdin: stdin !== undefined,
    signal: AbortSignal.any([signal, deadline]),
    deadlineMs,
  }).catch((error: unknown) => {
    throw deadline.aborted && !signal.aborted && error === deadline.reason ? overdue() : error
  })
  if (stdin !== undefined) await feed(socket, stdin)
  const end = await socket.ended

  if (end.kind === 'exit') return { code: end.code, stdout: text(stdout), stderr: text(stderr) }
  if (end.kind === 'failed') throw failure('exec-failed', 'could not be run', end.message)
  if (end.kind === 'lost') throw failure('exec-link-lost', 'lost its link', end.reason)
  signal.throwIfAborted()
  if (bytes > MAX_OUTPUT) throw failure('exec-output', 'wrote too much', `more than ${MAX_OUTPUT} bytes`)
  throw overdue()

  function overdue(): MeshproofError {
    const soFar = `${text(stdout)}${text(stderr)}`.trim().slice(-300)
    return failure('exec-timeout', `did not end within ${deadlineMs / 1000} s`, soFar === '' ? 'no output' : soFar)
  }
  function failure(code: string, what: string, seen: string): MeshproofError {
    return new MeshproofError({ code, message: `${argv[0]} in ${pod.pod}.${pod.namespace}/${pod.container} ${what}`, seen })
  }
}

function text(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8')
}

/** In pieces, each waited for, so that a large input does not pile up here. A process that ended early needs no more of it. */
async function feed(socket: ExecSocket, stdin: string | Buffer): Promise<void> {
  const whole = typeof stdin === 'string' ? Buffer.from(stdin) : stdin
  let over = false
  void socket.ended.then(() => {
    over = true
  })
  for (let from = 0; from < whole.length && !over; from += STDIN_CHUNK) {
    await Promise.race([socket.send(whole.subarray(from, from + STDIN_CHUNK)).catch(() => {}), socket.ended])
  }
  socket.endStdin()
}
