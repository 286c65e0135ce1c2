import type { PodView } from '../kube/get.ts'
import type { Capture } from '../probe/capture-types.ts'
import { control } from '../run/observe.ts'
import type { Stage } from '../run/stage.ts'
import type { Blindness } from './continuous-types.ts'

interface Watched {
  readonly pod: PodView
  readonly port: number
  readonly capture: Capture
  /** Up to here it is known to have seen everything. */
  good: number
  /** Whether its pod takes no more questions. */
  over: boolean
}

interface WatchOptions {
  readonly stage: Stage
  readonly runId: string
}

/** Until a plain-text marker, or the count of dropped packets, must have come; milliseconds. */
const CONTROL_MS = 5_000

/** Captures at every server, for as long as its pod lives. */
export class WireWatch {
  readonly #options: WatchOptions
  #watched: Watched[] = []
  readonly blind: Blindness[] = []

  constructor(options: WatchOptions) {
    this.#options = options
  }

  /** Listens at a pod. Resolves when a token in plain text was read there. @throws MeshproofError of the capture. */
  async listen(pod: PodView, ports: readonly number[]): Promise<void> {
    const capture = await this.#options.stage.capture(pod, ports)
    const watched: Watched = { pod, port: ports[0] ?? 0, capture, good: Date.now(), over: false }
    this.#watched.push(watched)
    await this.#check(watched)
  }

  /** Takes a pod's last account before it goes: its capture ends with it. */
  async leave(uid: string): Promise<void> {
    const watched = this.#watched.find(({ pod, over }) => pod.uid === uid && !over)
    if (!watched) return
    watched.over = true
    await this.#check(watched)
  }

  /** Whether a text was readable at any server since the last `settle`. */
  isReadable(token: string): boolean {
    return this.#watched.some(({ capture }) => capture.readable(token))
  }

  /** Makes sure that every packet until now is in the captures, and notes those that prove nothing. */
  async settle(): Promise<void> {
    await Promise.all(this.#watched.filter(({ over }) => !over).map((watched) => this.#check(watched)))
  }

  /** Lets go of captures whose pods are gone; what they hold has been read. */
  forget(): void {
    this.#watched = this.#watched.filter(({ over }) => !over)
  }

  async #check(watched: Watched): Promise<void> {
    const { stage, runId } = this.#options
    const { pod, port, capture } = watched
    const at = Date.now()
    try {
      const { token } = await control({ stage, runId, pod, port })
      const seen = await capture.sawText(token, CONTROL_MS, stage.signal)
      const counted = await capture.askDrops(CONTROL_MS, stage.signal)
      const fault =
        capture.fault() ?? (seen ? undefined : 'a plain-text marker did not arrive') ?? (counted ? undefined : 'no count of packets')
      if (fault) this.#note(watched, fault)
      else watched.good = at
    } catch (error) {
      stage.signal.throwIfAborted()
      this.#note(watched, error instanceof Error ? error.message : String(error))
    }
  }

  #note({ pod, good }: Watched, fault: string): void {
    this.blind.push({ kind: 'unseen', at: good, end: Date.now(), text: `the capture in ${pod.name}.${pod.namespace}: ${fault}` })
  }
}
