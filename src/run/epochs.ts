import type { LogLine } from '../probe/access-log.ts'
import type { InboundChains } from '../probe/proxy.ts'

/**
 * Which of a server proxy's connections run its present inbound filter chains.
 * A connection that was opened before its chains changed still runs the old ones and owes one answer under the old policy;
 * Envoy's connection ids only grow, so the id of a connection opened after the change (the fence) parts old from new.
 */
export class Epochs {
  #chains: InboundChains | undefined
  /** Fence of each group of chains; a connection at or below it is old. */
  readonly #fences = new Map<string, number>()
  /** Groups whose history before the run is unknown, with the first line of each old connection that has answered since. */
  readonly #unknown = new Map<string, Map<number, number>>()
  /** The proxy's nonces that the chains were read under; while they stand, the chains do. */
  nonce: string | undefined

  /**
   * Takes the chains as they are now, and the id of a connection that was opened after they were: infinite where there is none, since
   * a connection that no chain took has the id 0. Then the first answer of every connection is set aside.
   */
  advance(chains: InboundChains, fence: number): void {
    // A group that is gone leaves its connections behind as well.
    for (const group of new Set([...chains.keys(), ...(this.#chains?.keys() ?? [])])) {
      if (this.#chains && this.#chains.get(group) === chains.get(group)) continue
      this.#fences.set(group, fence)
      if (this.#chains === undefined || fence === Number.POSITIVE_INFINITY) this.#unknown.set(group, new Map())
      else this.#unknown.delete(group)
    }
    this.#chains = chains
  }

  /**
   * Why a connection's answer cannot be judged; undefined when it can. Each answer must be shown once; their order does not matter.
   * Of a connection from before the run, the first answer is set aside, and a later one proves that it was not on its way out
   * (Envoy closes a draining connection with its first answer).
   */
  stale(line: Pick<LogLine, 'seq' | 'connection' | 'tls' | 'downstreamLocal'>): string | undefined {
    // No chain took it: it was refused under the chains of its own moment, and is never seen again.
    if (line.connection === 0) return undefined
    const group = this.#group(line)
    const fence = this.#fences.get(group)
    if (fence === undefined || line.connection > fence) return undefined
    const answered = this.#unknown.get(group)
    const first = answered?.get(line.connection)
    if (first !== undefined && line.seq > first) return undefined
    answered?.set(line.connection, line.seq)
    const than =
      fence === Number.POSITIVE_INFINITY ? 'a change, as far as anything tells' : `${fence}, the first under the present filter chains`
    return `connection ${line.connection} is not newer than ${than} (${group})`
  }

  #group({ tls, downstreamLocal }: Pick<LogLine, 'tls' | 'downstreamLocal'>): string {
    const kind = tls ? 'tls' : 'plain'
    const port = downstreamLocal?.slice(downstreamLocal.lastIndexOf(':') + 1) ?? '*'
    const own = `${port} ${kind}`
    // A port without chains of its own falls to the catch-all ones.
    const hasOwn = this.#fences.has(own) || this.#chains?.has(`${port} ${tls ? 'plain' : 'tls'}`)
    return hasOwn ? own : `* ${kind}`
  }
}
