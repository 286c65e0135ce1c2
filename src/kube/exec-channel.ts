/** The subprotocols of exec over WebSocket that we speak; v5 can close stdin alone. Kubernetes 1.30 and newer has it. */
export const EXEC_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io']

const CLOSE = 255
const STDIN = 0

/** One frame from the API server. The first byte of every message is its channel. */
export type ExecFrame =
  | { readonly kind: 'stdout' | 'stderr'; readonly chunk: Buffer }
  | { readonly kind: 'status'; readonly end: StatusEnd }
  /** A channel that we have no use for: resize, a CLOSE of the server's, one of a later version. */
  | { readonly kind: 'other'; readonly channel: number }

/** How the process ended by the status channel. `failed` is no exit of the process: it never ran, or nobody knows. */
export type StatusEnd = { readonly kind: 'exit'; readonly code: number } | { readonly kind: 'failed'; readonly message: string }

/** Reads one WebSocket message. Pure; never throws. */
export function readFrame(message: Buffer): ExecFrame {
  const channel = message[0] ?? -1
  const chunk = message.subarray(1)
  if (channel === 1) return { kind: 'stdout', chunk }
  if (channel === 2) return { kind: 'stderr', chunk }
  if (channel === 3) return { kind: 'status', end: readStatus(chunk.toString('utf8')) }
  return { kind: 'other', channel }
}

/** One message for stdin. */
export function stdinFrame(data: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from([STDIN]), typeof data === 'string' ? Buffer.from(data) : data])
}

/** The message that ends stdin; v5 only. */
export function stdinEndFrame(): Buffer {
  return Buffer.from([CLOSE, STDIN])
}

interface ExecStatus {
  readonly status?: string
  readonly reason?: string
  readonly message?: string
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] }
}

function readStatus(text: string): StatusEnd {
  let status: ExecStatus
  try {
    status = JSON.parse(text) as ExecStatus
  } catch {
    return { kind: 'failed', message: text.slice(0, 500) }
  }
  if (status.status === 'Success') return { kind: 'exit', code: 0 }
  const code = Number(status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message)
  if (status.reason === 'NonZeroExitCode' && Number.isInteger(code)) return { kind: 'exit', code }
  return { kind: 'failed', message: status.message ?? status.reason ?? text.slice(0, 500) }
}
