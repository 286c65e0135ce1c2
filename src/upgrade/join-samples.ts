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

/** The way that a sample's question takes. */
export interface Route {
  /** The address of the prober's pod. */
  readonly ip: string
  /** Whether its questions pass a sidecar of its own. */
  readonly viaProxy: boolean
  /** Whether the proxies read its token. */
  readonly readable: boolean
  /** The prober's. */
  readonly namespace: string
  readonly server: { readonly namespace: string; readonly port: number }
}

interface JoinerOptions {
  readonly route: (sample: Sample) => Route | undefined
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
  readonly #claimed = new WeakSet<LogLine>()

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

  /** A line of a server's proxy, and the namespace of its pod. */
  addServerLine(line: LogLine, namespace: string, now: number): void {
    this.#servers.add({ ...line, pod: namespace }, now)
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
    const found = this.#find(sample)
    const server = found.server ?? (last ? this.#findUnclaimed(sample) : undefined)
    if (!server && !last) return false
    if (server) this.#claimed.add(server)
    this.#options.onJoined({ sample, server, client: found.client })
    return true
  }

  #find(sample: Sample): Pick<JoinedSample, 'server' | 'client'> {
    const route = this.#options.route(sample)
    if (!route) return {}
    const token = tokenOf(sample)
    const { viaProxy, readable } = route
    const own = sample.port > 0 ? address(route.ip, sample.port) : undefined
    if (!viaProxy) return { server: this.#servers.byToken(token) ?? this.#servers.byRemote(own, (line) => isOf(line, sample, route)) }
    const client = readable ? this.#clients.byToken(token) : this.#clients.byRemote(own, (line) => goesTo(line, sample, route))
    const server =
      this.#servers.byToken(token) ?? this.#servers.byRemote(client?.upstreamLocal ?? undefined, (line) => isOf(line, sample, route))
    return { client, server }
  }

  /**
   * Behind the server's redirection two connections of one client to two ports can be given one and the same end, and the kernel then
   * gives one of them another: its line has an end that nobody else knows. By its port and its peer it is still one of this pair's.
   */
  #findUnclaimed(sample: Sample): LogLine | undefined {
    const route = this.#options.route(sample)
    if (!route || route.readable) return undefined
    return this.#servers.find(
      (line) => !this.#claimed.has(line) && isOf(line, sample, route) && line.peer?.includes(`/ns/${route.namespace}/`) === true,
    )
  }
}

/** The proxies' clocks are the prober's; a connection begins before its first question is noted, and is noted in whole milliseconds. */
const CLOCK_MS = 50

/**
 * Whether a connection can be the sample's. One end of it is not enough: a kernel gives one port to connections with different other
 * ends at once, and again a minute later.
 */
function isOf(line: LogLine, sample: Sample, { server }: Route): boolean {
  return line['pod'] === server.namespace && portOf(line.downstreamLocal) === server.port && fits(line, sample)
}

function goesTo(line: LogLine, sample: Sample, { server }: Route): boolean {
  const [, port, , host = ''] = line.upstreamCluster?.split('|') ?? []
  return Number(port) === server.port && host.split('.')[1] === server.namespace && fits(line, sample)
}

function fits({ start }: LogLine, { at, ms, lane }: Sample): boolean {
  const begun = Date.parse(start)
  return begun <= at + ms + CLOCK_MS && (lane === 'pooled' || begun >= at - CLOCK_MS)
}

function portOf(end: string | null): number {
  return Number(end?.slice(end.lastIndexOf(':') + 1) ?? Number.NaN)
}

interface Generation {
  readonly tokens: Map<string, LogLine>
  readonly remotes: Map<string, LogLine[]>
}

/** Lines by token, and those without one by their remote end; forgotten in two generations. */
class LineIndex {
  #young: Generation = { tokens: new Map(), remotes: new Map() }
  #old: Generation = { tokens: new Map(), remotes: new Map() }
  #since = 0

  add(line: LogLine, now: number): void {
    if (now - this.#since > KEPT_MS) {
      this.#old = this.#young
      this.#young = { tokens: new Map(), remotes: new Map() }
      this.#since = now
    }
    const { tokens, remotes } = this.#young
    if (line.token !== null) tokens.set(line.token, line)
    else if (line.directRemote !== null) remotes.set(line.directRemote, [...(remotes.get(line.directRemote) ?? []), line])
  }

  byToken(token: string): LogLine | undefined {
    return this.#young.tokens.get(token) ?? this.#old.tokens.get(token)
  }

  /** The first of those without a token. */
  find(isMeant: (line: LogLine) => boolean): LogLine | undefined {
    for (const { remotes } of [this.#old, this.#young]) {
      for (const lines of remotes.values()) {
        const found = lines.find(isMeant)
        if (found) return found
      }
    }
    return undefined
  }

  /** The latest that fits. */
  byRemote(remote: string | undefined, isMeant: (line: LogLine) => boolean): LogLine | undefined {
    if (remote === undefined) return undefined
    return this.#young.remotes.get(remote)?.findLast(isMeant) ?? this.#old.remotes.get(remote)?.findLast(isMeant)
  }
}
