import type { Address, FlowView } from './capture-types.ts'
import { Flow } from './flow.ts'
import { normalizeAddress, readSegment, type Segment } from './packet.ts'
import type { PcapRecord } from './pcap.ts'
import { type Awaited, isToken, TextScan, toNeedle } from './text-scan.ts'

/** Bytes kept of all flows together; the oldest flows lose theirs first, never what they told. */
const MAX_KEPT = 64 * 1024 * 1024

/** All TCP connections of one capture, put together as its packets come, and what is readable in them. */
export class Flows {
  readonly #ports: ReadonlySet<string>
  /** Newest last, for each pair of ends. */
  readonly #byEnds = new Map<string, Flow[]>()
  readonly #all: Flow[] = []
  readonly #byToken = new Map<string, Set<Flow>>()
  readonly #awaited = new Set<Awaited>()
  #kept = 0
  #forgotten = 0
  #packets = 0

  /** `ports` are the server's: they tell the ends apart where the SYN was not captured. */
  constructor(ports: readonly number[]) {
    this.#ports = new Set(ports.map(String))
  }

  /** TCP segments read so far. */
  get packets(): number {
    return this.#packets
  }

  add(record: PcapRecord): void {
    const segment = readSegment(record.frame, record.linkType)
    if (!segment) return
    this.#packets += 1
    const flow = this.#flowOf(segment)
    const before = flow.keptBytes
    flow.add(segment, record.at, record.raw)
    this.#kept += flow.keptBytes - before
    this.#bound()
  }

  /** The newest connection of these two ends. */
  flow(client: Address, server: Address, since?: number): FlowView | undefined {
    return this.#newest(client, server)?.view(since)
  }

  flowsWith(text: string): readonly FlowView[] {
    return this.#holding(text).map((flow) => flow.view())
  }

  readable(text: string): boolean {
    return this.#holding(text).length > 0
  }

  /** Resolves when the text is readable, at once if it already is. Rejects with the signal's reason. */
  whenReadable(text: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      if (this.readable(text)) return resolve()
      const stop = () => {
        this.#awaited.delete(awaited)
        signal.removeEventListener('abort', abort)
      }
      const abort = () => {
        stop()
        reject(signal.reason)
      }
      const awaited = {
        needle: toNeedle(text),
        found: () => {
          stop()
          resolve()
        },
      }
      this.#awaited.add(awaited)
      signal.addEventListener('abort', abort, { once: true })
    })
  }

  /** Raw pcap records of the newest connection of these ends, without the file's header. */
  records(client: Address, server: Address, limit: number): Buffer {
    return this.#newest(client, server)?.records(limit) ?? Buffer.alloc(0)
  }

  #newest(client: Address, server: Address): Flow | undefined {
    return this.#byEnds.get(endsKey(normalizeAddress(client), normalizeAddress(server)))?.at(-1)
  }

  #holding(text: string): Flow[] {
    const needle = toNeedle(text)
    if (!isToken(text)) return this.#all.filter((flow) => flow.holds(needle))
    return [...(this.#byToken.get(text) ?? [])]
  }

  #flowOf(segment: Segment): Flow {
    const key = endsKey(segment.source, segment.target)
    const known = this.#byEnds.get(key)
    const newest = known?.at(-1)
    if (newest && !newest.isReusedBy(segment)) return newest
    const fromServer = segment.syn ? segment.hasAck : this.#isServer(segment.source) && !this.#isServer(segment.target)
    const [client, server] = fromServer ? [segment.target, segment.source] : [segment.source, segment.target]
    const flow: Flow = new Flow({
      client,
      server,
      fromStart: segment.syn && !segment.hasAck,
      scan: () => new TextScan((token) => this.#index(token, flow), this.#awaited),
    })
    this.#all.push(flow)
    this.#byEnds.set(key, [...(known ?? []), flow])
    return flow
  }

  #isServer(address: Address): boolean {
    return this.#ports.has(address.slice(address.lastIndexOf(':') + 1))
  }

  #index(token: string, flow: Flow): void {
    const flows = this.#byToken.get(token)
    if (flows) flows.add(flow)
    else this.#byToken.set(token, new Set([flow]))
  }

  #bound(): void {
    while (this.#kept > MAX_KEPT && this.#forgotten < this.#all.length) {
      const oldest = this.#all[this.#forgotten]
      this.#forgotten += 1
      if (!oldest) continue
      this.#kept -= oldest.keptBytes
      oldest.forget()
    }
  }
}

function endsKey(one: Address, other: Address): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`
}
