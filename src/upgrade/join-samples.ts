import type { LogLine } from '../probe/access-log.ts'
import { address } from '../probe/question.ts'
import { type Sample, tokenOf } from './prober-line.ts'

/** A sample with all that its proxies said of it. */
export interface JoinedSample {
  readonly sample: Sample
  /** The server proxy's line. */
  readonly server?: LogLine | undefined
  /** The prober's own sidecar's. */
  readonly client?: LogLine | undefined
}

interface Source {
  /** The address of the prober's pod. */
  readonly ip: string
  /** Whether its questions pass a sidecar of its own. */
  readonly viaProxy: boolean
}

interface JoinerOptions {
  /** The prober's pod by its name. */
  readonly source: (prober: string) => Source | undefined
  /** Whether no line can come: a kept TCP connection is logged once, when it ends. */
  readonly wordless: (sample: Sample) => boolean
  readonly onJoined: (joined: JoinedSample) => void
}

/** How long a sample waits for its line, milliseconds: far beyond the flush of the log (50 ms), since a missing line costs a proof. */
const PATIENCE_MS = 5_000
/** Lines are kept at least so long, milliseconds: a line may come before the sample that it belongs to. */
const KEPT_MS = 30_000

/** Joins the probers' samples to the proxies' lines as both stream in: HTTP by the token, all else by the connection, never by time. */
export class SampleJoiner {
  readonly #options: JoinerOptions
  readonly #waiting = new Map<string, { readonly sample: Sample; readonly since: number }>()
  readonly #servers = new LineIndex()
  readonly #clients = new LineIndex()

  constructor(options: JoinerOptions) {
    this.#options = options
  }

  /** Samples that still wait for their line. */
  get waiting(): number {
    return this.#waiting.size
  }

  addSample(sample: Sample, now: number): void {
    if (!this.#tryJoin(sample, this.#options.wordless(sample))) this.#waiting.set(tokenOf(sample), { sample, since: now })
  }

  /** A line of a server's proxy. */
  addServerLine(line: LogLine, now: number): void {
    this.#servers.add(line, now)
  }

  /** A line of a prober's own sidecar. */
  addClientLine(line: LogLine, now: number): void {
    this.#clients.add(line, now)
  }

  /** Joins what can be joined, and gives up on what waited too long, or, at the end, on all. */
  sweep(now: number, end = false): void {
    for (const [token, { sample, since }] of this.#waiting) {
      if (this.#tryJoin(sample, end || now - since >= PATIENCE_MS)) this.#waiting.delete(token)
    }
  }

  #tryJoin(sample: Sample, last: boolean): boolean {
    const { server, client } = this.#find(sample)
    if (!server && !last) return false
    this.#options.onJoined({ sample, server, client })
    return true
  }

  #find(sample: Sample): { server?: LogLine | undefined; client?: LogLine | undefined } {
    const token = tokenOf(sample)
    const source = this.#options.source(sample.prober)
    const own = source && sample.port > 0 ? address(source.ip, sample.port) : undefined
    const client = source?.viaProxy ? (this.#clients.byToken(token) ?? this.#clients.byRemote(own)) : undefined
    // Without a connection of its own the client's proxy has no line at the server.
    const remote = source?.viaProxy ? client?.upstreamLocal : own
    const server = this.#servers.byToken(token) ?? this.#servers.byRemote(remote)
    return { server, client }
  }
}

/** Lines by token, and those without one by their remote end; forgotten in two generations. */
class LineIndex {
  #young = { tokens: new Map<string, LogLine>(), remotes: new Map<string, LogLine>() }
  #old = { tokens: new Map<string, LogLine>(), remotes: new Map<string, LogLine>() }
  #since = 0

  add(line: LogLine, now: number): void {
    if (now - this.#since > KEPT_MS) {
      this.#old = this.#young
      this.#young = { tokens: new Map(), remotes: new Map() }
      this.#since = now
    }
    if (line.token !== null) this.#young.tokens.set(line.token, line)
    else if (line.directRemote !== null) this.#young.remotes.set(line.directRemote, line)
  }

  byToken(token: string): LogLine | undefined {
    return this.#young.tokens.get(token) ?? this.#old.tokens.get(token)
  }

  byRemote(remote: string | null | undefined): LogLine | undefined {
    if (!remote) return undefined
    return this.#young.remotes.get(remote) ?? this.#old.remotes.get(remote)
  }
}
