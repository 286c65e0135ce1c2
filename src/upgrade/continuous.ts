import { MeshproofError } from '../error.ts'
import type { Cluster } from '../kube/cluster.ts'
import { exec } from '../kube/exec.ts'
import type { PodView } from '../kube/get.ts'
import type { Progress } from '../mesh/types.ts'
import { readLogLine } from '../probe/access-log.ts'
import { readNonces, settle } from '../run/settle.ts'
import { hasProxy, openStage, PROXY, type Stage } from '../run/stage.ts'
import { waitFor } from '../wait.ts'
import type { Continuous } from './continuous-types.ts'
import { type CostAccount, openCostAccount } from './cost-account.ts'
import { deployStanding } from './deploy-standing.ts'
import { followPod } from './follow-pod.ts'
import { SampleJoiner } from './join-samples.ts'
import { judgeSample } from './judge-sample.ts'
import { openGate } from './listening-gate.ts'
import { watchPods } from './pod-watch.ts'
import { readProberLine } from './prober-line.ts'
import { PACE } from './prober-plan.ts'
import { Sequence } from './sequence.ts'
import { PROBER, type StandingSet } from './standing-set.ts'
import { Tally } from './tally.ts'
import { unheardOf } from './unheard.ts'
import { WireWatch } from './wire-watch.ts'

interface ContinuousOptions {
  readonly cluster: Cluster
  readonly set: StandingSet
  readonly runId: string
  readonly signal: AbortSignal
  readonly progress: Progress
}

/** A resident prober, as far as it is known. */
interface Prober {
  readonly pod: PodView
  readonly sequence: Sequence
  /** The last thing that it said of itself. */
  note: 'start' | 'paused' | 'resumed' | 'end' | undefined
}

const SETTLE_MS = 30_000
/** A prober answers a signal at once; its line comes a moment later. */
const OBEY_MS = 15_000
const SWEEP_MS = 250

/** The part of an upgrade that never stops asking, but while scenarios run. */
export class ContinuousPart {
  readonly #options: ContinuousOptions
  readonly #stage: Stage
  readonly #closing = new AbortController()
  readonly #tally: Tally
  readonly #joiner: SampleJoiner
  readonly #wire: WireWatch
  readonly #probers = new Map<string, Prober>()
  #account: CostAccount | undefined
  readonly #sweeper: NodeJS.Timeout
  #from = Date.now()
  #to = 0

  constructor(options: ContinuousOptions) {
    this.#options = options
    const signal = AbortSignal.any([options.signal, this.#closing.signal])
    this.#stage = openStage(options.cluster, signal)
    this.#tally = new Tally(options.set.pairs)
    this.#wire = new WireWatch({ stage: this.#stage, runId: options.runId, onFault: (error) => this.#fault(error) })
    const pairs = new Map(options.set.pairs.map((pair) => [pair.id, pair]))
    this.#joiner = new SampleJoiner({
      route: ({ prober, pair }) => {
        const pod = this.#probers.get(prober)?.pod
        const found = pairs.get(pair)
        if (!pod || !found) return undefined
        const readable = found.cell.question.kind === 'http'
        return { ip: pod.ip, namespace: pod.namespace, viaProxy: hasProxy(pod), readable, server: found.server }
      },
      wordless: ({ outcome, lane }) => outcome === 'echo' && lane === 'pooled',
      onJoined: (joined) => {
        const pair = pairs.get(joined.sample.pair)
        if (pair) this.#tally.add(joined.sample, judgeSample(pair, joined))
      },
    })
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS)
    this.#sweeper.unref()
  }

  /** Whether anything was asked. */
  get begun(): boolean {
    return this.#probers.size > 0
  }

  /** Sets everything up and begins to ask. @throws MeshproofError of `deployStanding` and `settle`. */
  async start(): Promise<void> {
    const { cluster, set, runId } = this.#options
    const { signal } = this.#stage
    const namespaces = set.namespaces.map(({ name }) => name)
    void watchPods({
      cluster,
      signal,
      namespaces,
      apps: [...new Set(set.apps.map(({ app }) => app))],
      onPod: (pod) => (pod.labels['app'] === PROBER ? this.#hearProber(pod) : this.#attend(pod)),
      onLeaving: (pod) => this.#wire.leave(pod.uid),
      onFault: (error) => this.#fault(error),
    })
    const before = await readNonces(this.#stage)
    const { changes, ask } = await deployStanding({ cluster, set, runId, signal })
    await settle({ stage: this.#stage, runId, changes, before, deadlineMs: SETTLE_MS })
    this.#from = Date.now()
    await ask()
    const wanted = new Set(set.pairs.map(({ cell }) => cell.from.namespace)).size
    await this.#until('every prober asks', () => [...this.#probers.values()].filter(({ note }) => note === 'start').length >= wanted)
    this.#account = await openCostAccount({ cluster, namespaces, signal })
  }

  /** Stops the asking. Resolves when everything that was asked has been told, joined and judged, its wire too. */
  async pause(): Promise<void> {
    await this.#account?.close()
    await this.#tell('pause', 'paused')
    await this.#until('every answer is told', () => this.#living().every(({ sequence }) => sequence.isWhole)).catch((error: unknown) => {
      // What is missing is counted in the end.
      if (!(error instanceof MeshproofError)) throw error
    })
    await this.#until('every answer is joined', () => this.#joiner.waiting === 0)
    await this.#wire.settle()
    this.#tally.readWire((token) => this.#wire.isReadable(token))
    this.#wire.forget()
    this.#to = Date.now()
  }

  /** Asks on, once everything that others changed meanwhile has arrived. */
  async resume(): Promise<void> {
    await settle({ stage: this.#stage, runId: this.#options.runId, changes: [], before: new Map(), deadlineMs: SETTLE_MS })
    await this.#tell('resume', 'resumed')
  }

  /** What was seen so far. After a `pause` it is complete. */
  result(): Continuous {
    this.#joiner.sweep(Date.now(), true)
    const heard = [...this.#probers.values()].map(({ pod, sequence, note }) => ({ name: `${pod.name}.${pod.namespace}`, sequence, note }))
    const to = this.#to || Date.now()
    return {
      from: this.#from,
      to,
      everyMs: PACE.everyMs,
      probers: heard.map(({ name }) => name),
      pairs: this.#tally.results(),
      blind: [...unheardOf(heard, { at: this.#from, end: to }), ...this.#wire.blind],
      cost: this.#account?.cost,
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper)
    await this.#wire.close()
    await this.#stage.close().catch((error: unknown) => this.#fault(error))
    this.#closing.abort()
  }

  #sweep(): void {
    this.#joiner.sweep(Date.now())
    this.#wire.look()
  }

  async #hearProber(pod: PodView): Promise<void> {
    const prober: Prober = { pod, sequence: new Sequence(), note: undefined }
    this.#probers.set(pod.name, prober)
    if (hasProxy(pod)) await this.#follow(pod, PROXY, (line) => this.#takeLine(line))
    await this.#follow(pod, PROBER, (text) => {
      const said = readProberLine(text, pod.name)
      if (!said) return
      if ('sample' in said) {
        if (prober.sequence.add(said.sample.n)) this.#joiner.addSample(said.sample, Date.now())
      } else {
        prober.sequence.announce(said.note.n)
        prober.note = said.note.note
      }
    })
  }

  /** Nobody is served by a pod that nobody listens to: only then it becomes ready. */
  async #attend(pod: PodView): Promise<void> {
    const ports = [...new Set(this.#options.set.pairs.map(({ server }) => server.port))].sort((a, b) => a - b)
    await Promise.all([this.#follow(pod, PROXY, (line) => this.#takeLine(line, pod.namespace)), this.#wire.listen(pod, ports)])
    await openGate(this.#options.cluster, pod, this.#stage.signal)
  }

  /** @param namespace of a server's pod; a prober's own sidecar has none. */
  #takeLine(text: string, namespace?: string): void {
    const line = readLogLine(text, 0)
    if (!line) return
    if (namespace === undefined) this.#joiner.addClientLine(line, Date.now())
    else this.#joiner.addServerLine(line, namespace, Date.now())
  }

  async #follow({ namespace, name }: PodView, container: string, onLine: (line: string) => void): Promise<void> {
    const { cluster } = this.#options
    const onEnd = (reason: string) => {
      if (reason !== 'the log ended' && !this.#stage.signal.aborted)
        this.#options.progress({ kind: 'note', text: `${name}.${namespace}/${container}: ${reason}` })
    }
    await followPod({ cluster, pod: { namespace, pod: name, container }, signal: this.#stage.signal, onLine, onEnd })
  }

  #living(): Prober[] {
    return [...this.#probers.values()].filter(({ note }) => note !== 'end')
  }

  async #tell(verb: 'pause' | 'resume', answer: 'paused' | 'resumed'): Promise<void> {
    const { cluster } = this.#options
    const { signal } = this.#stage
    const told = this.#living()
    await Promise.all(
      told.map(async ({ pod }) => {
        const ref = { namespace: pod.namespace, pod: pod.name, container: PROBER }
        const { code, stderr } = await exec(cluster, ref, ['/prober', verb], { signal, deadlineMs: OBEY_MS })
        if (code !== 0)
          throw new MeshproofError({
            code: 'prober-deaf',
            message: `the prober ${pod.name}.${pod.namespace} does not ${verb}`,
            seen: stderr,
          })
      }),
    )
    await this.#until(`every prober has ${answer}`, () => told.every(({ note }) => note === answer || note === 'end'))
  }

  async #until(what: string, holds: () => boolean): Promise<void> {
    await waitFor({
      what,
      code: 'probers-late',
      deadlineMs: OBEY_MS,
      everyMs: 50,
      signal: this.#stage.signal,
      look: async () => (holds() ? { done: true } : { seen: this.#state() }),
    })
  }

  #state(): string {
    const states = [...this.#probers.values()].map(
      ({ pod, note, sequence }) => `${pod.name}: ${note ?? 'silent'}, ${sequence.missing} missing`,
    )
    return [...states, `${this.#joiner.waiting} samples wait for a line`].join('; ')
  }

  #fault(error: unknown): void {
    if (this.#stage.signal.aborted) return
    this.#options.progress({ kind: 'note', text: error instanceof Error ? error.message : String(error) })
  }
}
