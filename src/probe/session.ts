import { withDeadline } from '../deadline.ts'
import { MeshproofError } from '../error.ts'
import type { Cluster, ExecStream, PodRef } from '../kube/cluster.ts'
import { openStream } from '../kube/stream.ts'
import { quote, SESSION_SCRIPT } from './session-script.ts'

/** What the shell said of one question. */
export interface RawAnswer {
  /** curl's exit code. */
  readonly exit: number
  /** The HTTP status, 0 where there was none. */
  readonly status: number
  /** The probe's own port, 0 where there was no connection. */
  readonly localPort: number
  /** curl's message, or the TCP reply. */
  readonly text: string
  /** Headers and body, where they were asked for. */
  readonly body?: string | undefined
}

export interface Ask {
  /** Unique, and readable in the answer. */
  readonly id: string
  /** `h`, `b` or `t`, and what follows the id and the deadline. */
  readonly verb: 'h' | 'b' | 't'
  readonly args: readonly string[]
  /** Bound in the pod, in milliseconds; the run waits half a second longer. */
  readonly deadlineMs: number
  readonly signal: AbortSignal
}

/** One shell in one container, kept open for the whole run. */
export interface Session {
  readonly pod: PodRef
  /**
   * Asks one question; any number may be in flight.
   * @throws MeshproofError `probe-unanswered`, `exec-link-lost` (after one reconnect), those of `openStream`.
   */
  ask(ask: Ask): Promise<RawAnswer>
  /** How often the link was lost and opened again. */
  readonly reconnects: number
  close(): void
}

interface Waiting {
  readonly line: string
  readonly chunks: string[]
  asked: number
  readonly resolve: (answer: RawAnswer) => void
  readonly reject: (error: unknown) => void
}

const CONNECT_MS = 5_000

/** Opens a session; resolves when the shell has answered once. */
export async function openSession(cluster: Cluster, pod: PodRef, signal: AbortSignal): Promise<Session> {
  const session = new ShellSession(cluster, pod, signal)
  await session.connect()
  return session
}

class ShellSession implements Session {
  readonly pod: PodRef
  reconnects = 0
  readonly #cluster: Cluster
  readonly #signal: AbortSignal
  readonly #waiting = new Map<string, Waiting>()
  #stream: Promise<ExecStream> | undefined
  #closed = false

  constructor(cluster: Cluster, pod: PodRef, signal: AbortSignal) {
    this.#cluster = cluster
    this.pod = pod
    this.#signal = signal
  }

  connect(): Promise<ExecStream> {
    this.#stream ??= this.#open().catch((error: unknown) => {
      this.#stream = undefined
      throw error
    })
    return this.#stream
  }

  async ask({ id, verb, args, deadlineMs, signal }: Ask): Promise<RawAnswer> {
    const line = `${verb} ${id} ${deadlineMs / 1000} ${args.map(quote).join(' ')}\n`
    const bounded = withDeadline(signal, deadlineMs + 500)
    const answer = new Promise<RawAnswer>((resolve, reject) => {
      this.#waiting.set(id, { line, chunks: [], asked: 1, resolve, reject })
      bounded.addEventListener('abort', () => reject(signal.aborted ? signal.reason : this.#unanswered(deadlineMs)), { once: true })
    })
    // The write below may fail first; the promise must then not be an unhandled one.
    answer.catch(() => {})
    try {
      const stream = await this.connect()
      stream.write(line)
      return await answer
    } finally {
      this.#waiting.delete(id)
    }
  }

  close(): void {
    this.#closed = true
    this.#stream?.then((stream) => stream.close()).catch(() => {})
  }

  async #open(): Promise<ExecStream> {
    let ready: () => void = () => {}
    const answered = new Promise<void>((resolve) => {
      ready = resolve
    })
    let rest = ''
    const stream = await openStream(this.#cluster, this.pod, ['sh'], {
      signal: this.#signal,
      deadlineMs: CONNECT_MS,
      onStderr: () => {},
      onStdout: (chunk) => {
        const lines = (rest + chunk.toString('utf8')).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          if (line === '@ready') ready()
          else this.#onLine(line)
        }
      },
    })
    void stream.ended.then((end) =>
      this.#onEnd(end.kind === 'lost' ? end.reason : end.kind === 'exit' ? `the shell exited with ${end.code}` : 'closed'),
    )
    stream.write(SESSION_SCRIPT)
    await Promise.race([
      answered,
      stream.ended.then((end) => {
        throw this.#lost(end.kind === 'lost' ? end.reason : `the shell ended at once (${end.kind})`)
      }),
    ])
    return stream
  }

  #onLine(line: string): void {
    const match = /^([@+])(\S+) (.*)$/s.exec(line)
    const waiting = match?.[2] ? this.#waiting.get(match[2]) : undefined
    if (!match || !waiting) return
    const said = match[3] ?? ''
    if (match[1] === '@') waiting.resolve(readHead(said))
    else if (said !== '.') waiting.chunks.push(said)
    else {
      const text = Buffer.from(waiting.chunks.join(''), 'base64').toString('utf8')
      const at = text.lastIndexOf('\n@@')
      // Cut off, or curl could not be started: then there is no summary, and no answer.
      if (at < 0) waiting.reject(this.#lost(`the answer came without its end (${text.length} characters)`))
      else waiting.resolve({ ...readHead(text.slice(at + 3)), body: text.slice(0, at) })
    }
  }

  /** A lost link is opened again once for what was in flight: the same questions, asked again. */
  #onEnd(reason: string): void {
    this.#stream = undefined
    if (this.#closed || this.#signal.aborted || this.#waiting.size === 0) return
    const again = [...this.#waiting.values()]
    const hopeless = again.filter((waiting) => waiting.asked > 1)
    for (const waiting of hopeless) waiting.reject(this.#lost(reason))
    this.reconnects += 1
    this.connect().then(
      (stream) => {
        for (const waiting of again) {
          if (waiting.asked > 1) continue
          waiting.asked += 1
          waiting.chunks.length = 0
          stream.write(waiting.line)
        }
      },
      (cause: unknown) => {
        for (const waiting of again)
          waiting.reject(this.#lost(`${reason}; connecting again: ${cause instanceof Error ? cause.message : String(cause)}`))
      },
    )
  }

  #lost(seen: string): MeshproofError {
    return new MeshproofError({ code: 'exec-link-lost', message: `the session in ${name(this.pod)} was lost`, seen })
  }

  #unanswered(deadlineMs: number): MeshproofError {
    return new MeshproofError({
      code: 'probe-unanswered',
      message: `no answer from the session in ${name(this.pod)} within ${deadlineMs + 500} ms`,
    })
  }
}

function readHead(said: string): RawAnswer {
  const [exit = '', status = '', port = '', ...text] = said.split(' ')
  return { exit: Number(exit), status: Number(status), localPort: Number(port), text: text.join(' ') }
}

function name({ namespace, pod, container }: PodRef): string {
  return `${pod}.${namespace}/${container}`
}
