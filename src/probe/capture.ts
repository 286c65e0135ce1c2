import { withDeadline } from '../deadline.ts'
import { MeshproofError } from '../error.ts'
import type { Cluster, ExecStream, PodRef, StreamEnd } from '../kube/cluster.ts'
import { openStream } from '../kube/stream.ts'
import { BEAT, captureCommand, QUIT } from './capture-command.ts'
import type { Address, Capture, FlowView } from './capture-types.ts'
import { Condition } from './condition.ts'
import { Flows } from './flows.ts'
import { knowsLinkType } from './packet.ts'
import { PcapReader } from './pcap.ts'
import { TcpdumpNotes } from './tcpdump-notes.ts'

interface CaptureOptions {
  /** A container with tcpdump that may capture: privileged, and root or with sudo. */
  readonly pod: PodRef
  /** Container ports of the servers listened to. */
  readonly ports: readonly number[]
  /** `eth0` unless said. Never `any` or `lo` in a pod with a sidecar: from the proxy to its app everything is plain text. */
  readonly device?: string
  /** Ends the capture whenever it aborts. */
  readonly signal: AbortSignal
  /** Bound of the connecting, and again of the wait for `listening on`, in milliseconds; 15 000 unless said. */
  readonly deadlineMs?: number
  /** Bytes kept of each packet; all of it unless said. */
  readonly snapLength?: number
}

const BEAT_MS = 5_000
const STOP_MS = 6_000

/**
 * Starts tcpdump in a pod and follows what it writes. Resolves when the link is open; the capture counts from `listening` on.
 * @throws MeshproofError of `openStream` when the process cannot be started; the signal's reason.
 */
export async function startCapture(cluster: Cluster, options: CaptureOptions): Promise<Capture> {
  const { pod, ports, device = 'eth0', signal, deadlineMs = 15_000, snapLength = 0 } = options
  const feed = new CaptureFeed(ports)
  const stream = await openStream(cluster, pod, captureCommand({ device, ports, snapLength }), {
    onStdout: (chunk) => feed.stdout(chunk),
    onStderr: (chunk) => feed.stderr(chunk),
    signal,
    deadlineMs,
  })
  return new PodCapture({ pod, feed, stream, signal, deadlineMs })
}

/** What came from the process in the pod so far. */
class CaptureFeed {
  readonly flows: Flows
  readonly notes = new TcpdumpNotes()
  readonly noted = new Condition()
  readonly reader: PcapReader
  unknownLink: number | undefined

  constructor(ports: readonly number[]) {
    this.flows = new Flows(ports)
    this.reader = new PcapReader((record) => {
      if (knowsLinkType(record.linkType)) this.flows.add(record)
      else this.unknownLink = record.linkType
    })
  }

  stdout(chunk: Buffer): void {
    this.reader.feed(chunk)
  }

  stderr(chunk: Buffer): void {
    this.notes.feed(chunk)
    this.noted.changed()
  }
}

interface Parts {
  readonly pod: PodRef
  readonly feed: CaptureFeed
  readonly stream: ExecStream
  readonly signal: AbortSignal
  readonly deadlineMs: number
}

class PodCapture implements Capture {
  readonly pod: PodRef
  readonly listening: Promise<void>
  readonly #feed: CaptureFeed
  readonly #stream: ExecStream
  readonly #beat: NodeJS.Timeout
  /** Aborts with the process's end, so that nobody waits for a dead one. */
  readonly #over = new AbortController()
  #end: StreamEnd | undefined
  #died = false
  #stopped: Promise<void> | undefined

  constructor({ pod, feed, stream, signal, deadlineMs }: Parts) {
    this.pod = pod
    this.#feed = feed
    this.#stream = stream
    void stream.ended.then((end) => {
      this.#end = end
      this.#died = this.#stopped === undefined
      clearInterval(this.#beat)
      feed.noted.changed()
      this.#over.abort(new Error('the capture ended'))
    })
    this.#beat = setInterval(() => this.#beatOnce(), BEAT_MS)
    this.#beat.unref()
    this.listening = this.#untilListening(signal, deadlineMs)
    // Whoever waits gets the rejection; a capture that nobody waits for must not end the process with it.
    this.listening.catch(() => {})
  }

  async sawText(text: string, deadlineMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#within(deadlineMs, signal, (bounded) => this.#feed.flows.whenReadable(text, bounded))
  }

  flow(client: Address, server: Address, since?: number): FlowView | undefined {
    return this.#feed.flows.flow(client, server, since)
  }

  flowsWith(text: string): readonly FlowView[] {
    return this.#feed.flows.flowsWith(text)
  }

  readable(text: string): boolean {
    return this.#feed.flows.readable(text)
  }

  fault(): string | undefined {
    const { notes, reader, unknownLink } = this.#feed
    if (this.#end && this.#died) return `died: ${[endText(this.#end), notes.last].filter(Boolean).join('; ')}`
    if (!notes.listening) return 'not listening yet'
    if (reader.fault) return reader.fault
    if (unknownLink !== undefined) return `packets of link type ${unknownLink}, which is not known here`
    if (notes.dropped > 0) return `${notes.dropped} packets dropped`
    if (this.#end && (this.#end.kind !== 'exit' || notes.counts === 0)) return 'ended without telling how many packets were dropped'
    return undefined
  }

  async askDrops(deadlineMs: number, signal: AbortSignal): Promise<boolean> {
    const { notes, noted } = this.#feed
    const before = notes.counts
    this.#beatOnce()
    return this.#within(deadlineMs, signal, (bounded) => noted.until(() => notes.counts > before, bounded))
  }

  pcap(client: Address, server: Address, limit: number): Buffer {
    const header = this.#feed.reader.fileHeader ?? Buffer.alloc(0)
    return Buffer.concat([header, this.#feed.flows.records(client, server, limit - header.length)])
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#quit()
    return this.#stopped
  }

  async #quit(): Promise<void> {
    if (this.#end) return
    this.#say(QUIT)
    const ended = await this.#within(STOP_MS, NEVER, (bounded) => this.#feed.noted.until(() => this.#end !== undefined, bounded))
    // Cut off from its stdin the process ends as well; only its counts are lost, which fault() then tells.
    if (!ended) this.#stream.close()
    await this.#stream.ended
  }

  async #untilListening(signal: AbortSignal, deadlineMs: number): Promise<void> {
    const { notes, noted } = this.#feed
    if (await this.#within(deadlineMs, signal, (bounded) => noted.until(() => notes.listening, bounded))) return
    this.#stream.close()
    const { namespace, pod, container } = this.pod
    throw new MeshproofError({
      code: 'capture-failed',
      message: `tcpdump in ${pod}.${namespace}/${container} does not listen`,
      expected: `"listening on" within ${deadlineMs / 1000} s`,
      seen: [this.#end && endText(this.#end), notes.last].filter(Boolean).join('; ') || 'nothing',
      next: 'the container has to be privileged and to have sh, tcpdump, and root or sudo: Istio with global.proxy.privileged=true',
    })
  }

  /** Whether the work was done in time; false, too, when the process ended first. */
  async #within(deadlineMs: number, signal: AbortSignal, work: (bounded: AbortSignal) => Promise<void>): Promise<boolean> {
    const bounded = AbortSignal.any([withDeadline(signal, deadlineMs), this.#over.signal])
    try {
      await work(bounded)
      return true
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (bounded.aborted) return false
      throw error
    }
  }

  #beatOnce(): void {
    // A tcpdump that is only starting would die of the signal that asks it for its counts.
    if (this.#feed.notes.listening) this.#say(BEAT)
  }

  #say(word: string): void {
    // A write to an ended stream throws; the end itself is noted with its reason.
    if (!this.#end) this.#stream.write(word)
  }
}

const NEVER = new AbortController().signal

function endText(end: StreamEnd): string {
  switch (end.kind) {
    case 'exit':
      return `exit code ${end.code}`
    case 'lost':
      return end.reason
    case 'closed-by-us':
      return 'closed by us'
  }
}
