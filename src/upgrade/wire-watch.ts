import type { PodView } from '../kube/get.ts'
import { startCapture } from '../probe/capture.ts'
import type { Capture } from '../probe/capture-types.ts'
import { address } from '../probe/question.ts'
import { control } from '../run/observe.ts'
import { PROXY, type Stage } from '../run/stage.ts'
import type { Blindness } from './continuous-types.ts'

interface Watched {
  readonly pod: PodView
  readonly ports: readonly number[]
  capture: Capture
  /** Captures before it that had lost something; what they did see counts. */
  readonly earlier: Capture[]
  /** Up to here it is known to have seen everything, milliseconds since 1970. */
  good: number
  /** Whether its pod takes no more questions, or is looked after at this moment. */
  state: 'watching' | 'checking' | 'over'
}

interface WatchOptions {
  readonly stage: Stage
  readonly runId: string
  readonly onFault: (error: unknown) => void
}

/** Until a plain-text marker, or the count of dropped packets, must have come; milliseconds. */
const CONTROL_MS = 5_000
/** Requests and answers are far smaller; of a certificate nothing but its beginning matters. */
const SNAP_LENGTH = 4_096
/** A capture tells its dropped packets as often as this, milliseconds: what it lost, it lost since. */
const TOLD_MS = 5_000

/** Captures at every server, for as long as its pod lives. One that lost something is replaced, and the while is noted. */
export class WireWatch {
  readonly #options: WatchOptions
  #watched: Watched[] = []
  readonly blind: Blindness[] = []

  constructor(options: WatchOptions) {
    this.#options = options
  }

  /** Listens at a pod. Resolves when a token in plain text was read there. @throws MeshproofError of the capture. */
  async listen(pod: PodView, ports: readonly number[]): Promise<void> {
    const capture = await this.#start(pod, ports)
    const watched: Watched = { pod, ports, capture, earlier: [], good: Date.now(), state: 'checking' }
    this.#watched.push(watched)
    await this.#check(watched)
  }

  /** Takes a pod's last account before it goes: its capture ends with it. */
  async leave(uid: string): Promise<void> {
    const watched = this.#watched.find(({ pod }) => pod.uid === uid)
    if (!watched || watched.state === 'over') return
    watched.state = 'over'
    await watched.capture.askDrops(CONTROL_MS, this.#options.stage.signal)
    const fault = watched.capture.fault()
    if (fault && !fault.startsWith('died')) this.#note(watched, fault)
  }

  /** Looks for captures that lost something since the last look. */
  look(): void {
    for (const watched of this.#watched) {
      if (watched.state !== 'watching') continue
      const fault = watched.capture.fault()
      if (fault) this.#replace(watched, fault).catch(this.#options.onFault)
      else watched.good = Math.max(watched.good, Date.now() - TOLD_MS)
    }
  }

  /** Whether a text was readable on its way to a server, since the last `forget`. */
  isReadable(token: string): boolean {
    return this.#watched.some(({ pod, ports, capture, earlier }) => {
      // What the server's proxy asks of others, an authorizer, is another way.
      const servers = new Set(ports.map((port) => address(pod.ip, port)))
      return [capture, ...earlier].some((one) => one.readable(token) && one.flowsWith(token).some(({ server }) => servers.has(server)))
    })
  }

  /** Makes sure that every packet until now is in the captures, and notes those that prove nothing. */
  async settle(): Promise<void> {
    await Promise.all(this.#watched.filter(({ state }) => state === 'watching').map((watched) => this.#check(watched)))
  }

  /** Lets go of captures whose pods are gone; what they hold has been read. */
  forget(): void {
    this.#watched = this.#watched.filter(({ state }) => state !== 'over')
    for (const { earlier } of this.#watched) earlier.length = 0
  }

  /** Ends tcpdump in every pod. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#watched.map(({ capture }) => capture.stop()))
  }

  async #start(pod: PodView, ports: readonly number[]): Promise<Capture> {
    const { cluster, signal } = this.#options.stage
    const ref = { namespace: pod.namespace, pod: pod.name, container: PROXY }
    const capture = await startCapture(cluster, { pod: ref, ports, signal, snapLength: SNAP_LENGTH })
    await capture.listening
    return capture
  }

  async #check(watched: Watched): Promise<void> {
    const { stage, runId } = this.#options
    const { pod, ports, capture } = watched
    watched.state = 'checking'
    const at = Date.now()
    const { token } = await control({ stage, runId, pod, port: ports[0] ?? 0 })
    const seen = await capture.sawText(token, CONTROL_MS, stage.signal)
    const counted = await capture.askDrops(CONTROL_MS, stage.signal)
    const fault =
      capture.fault() ?? (seen ? undefined : 'a plain-text marker did not arrive') ?? (counted ? undefined : 'no count of packets')
    if (fault) {
      await this.#replace(watched, fault)
      return
    }
    watched.good = at
    this.#resume(watched)
  }

  async #replace(watched: Watched, fault: string): Promise<void> {
    watched.state = 'checking'
    this.#note(watched, fault)
    const old = watched.capture
    watched.capture = await this.#start(watched.pod, watched.ports)
    watched.earlier.push(old)
    watched.good = Date.now()
    this.#resume(watched)
    await old.stop()
  }

  /** Unless its pod was told to end meanwhile. */
  #resume(watched: Watched): void {
    if (watched.state === 'checking') watched.state = 'watching'
  }

  #note({ pod, good }: Watched, fault: string): void {
    this.blind.push({ kind: 'unseen', at: good, end: Date.now(), text: `the capture in ${pod.name}.${pod.namespace}: ${fault}` })
  }
}
