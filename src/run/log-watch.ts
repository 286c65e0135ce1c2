import { MeshproofError } from '../error.ts'
import { listPods, type PodView } from '../kube/get.ts'
import { followLogs } from '../kube/logs.ts'
import type { LogAssertion, Source, Step } from '../scenario/model.ts'
import { waitFor } from '../wait.ts'
import type { Cause, LogResult } from './result.ts'
import { PROXY, type Stage } from './stage.ts'

/** Seconds back that hold all of a young pod's log. */
const WHOLE = 1_000_000
/** Lines kept of each assertion, and each cut to so many characters; fewer where a line stands for what did not come. */
const KEPT = { lines: 5, characters: 600, shown: 200 }

/** The logs that a step looks at, followed since its beginning. */
export interface LogWatch {
  /** Follows the pods that came since, from their first line on. */
  join(): Promise<void>
  /**
   * Waits until every assertion holds, at most so many milliseconds: a line that was written is here within moments. A line that did not come is a cause `missing-log`, a log that could not be
   * followed to its end `log-lost`.
   */
  finish(deadlineMs: number): Promise<{ readonly logs: readonly LogResult[]; readonly causes: readonly Cause[] }>
  close(): void
}

/** Begins to follow what a step's `logs` name, and nothing where there are none. @throws MeshproofError those of `followLogs`. */
export async function watchLogs(stage: Pick<Stage, 'cluster' | 'signal'>, { logs = [] }: Pick<Step, 'logs'>): Promise<LogWatch> {
  const heard = logs.map((assertion) => new Heard(assertion))
  const followed = new Map<string, () => void>()
  const faults: string[] = []
  let over = false

  const follow = async (pod: PodView, container: string, sinceSeconds?: number) => {
    const key = `${pod.uid}/${container}`
    if (followed.has(key)) return
    followed.set(key, () => {})
    const listeners = heard.filter(({ assertion: { from } }) => isOf(pod, from) && containerOf(pod, from) === container)
    const onLine = (line: string) => {
      for (const one of listeners) one.take(line)
    }
    const ref = { namespace: pod.namespace, pod: pod.name, container }
    const follower = await followLogs(stage.cluster, ref, { signal: stage.signal, onLine, ...(sinceSeconds ? { sinceSeconds } : {}) })
    followed.set(key, () => follower.close())
    void follower.ended.then((reason) => {
      // The log of a pod that is gone has ended; everything that it said was heard.
      if (!over && reason !== 'the log ended') faults.push(`${pod.name}.${pod.namespace}/${container}: ${reason}`)
    })
  }
  const each = async (sinceSeconds?: number) => {
    const pods = await podsOf(stage, logs)
    await Promise.all(
      logs.flatMap(({ from }) => pods.filter((pod) => isOf(pod, from)).map((pod) => follow(pod, containerOf(pod, from), sinceSeconds))),
    )
  }

  await each()
  return {
    join: () => each(WHOLE),
    finish: async (deadlineMs) => {
      const open = () => heard.filter((one) => !one.holds)
      await untilHeard(stage, open, deadlineMs)
      return {
        logs: heard.map((one) => one.result()),
        causes: [
          ...open().map((one) => one.missing()),
          ...faults.map((fault) => ({ code: 'log-lost', message: `a log could not be followed: ${fault}` })),
        ],
      }
    },
    close: () => {
      over = true
      for (const end of followed.values()) end()
    },
  }
}

/** One assertion, and what was heard of it. */
class Heard {
  readonly assertion: LogAssertion
  #seen = 0
  #others = 0
  readonly #lines: string[] = []
  /** The latest line that is not meant: what the log says instead. */
  #last = ''

  constructor(assertion: LogAssertion) {
    this.assertion = assertion
  }

  get holds(): boolean {
    return this.#seen >= this.assertion.times
  }

  take(line: string): void {
    const kept = line.slice(0, KEPT.characters)
    if (this.assertion.contains.every((text) => line.includes(text))) {
      this.#seen += 1
      if (this.#lines.length < KEPT.lines) this.#lines.push(kept)
      return
    }
    this.#others += 1
    this.#last = kept
  }

  result(): LogResult {
    const { from, contains, times } = this.assertion
    return { from: from.text, contains, times, seen: this.#seen, lines: [...this.#lines] }
  }

  missing(): Cause {
    const { from, contains, times } = this.assertion
    const wanted = contains.map((text) => JSON.stringify(text)).join(' and ')
    const count = this.#seen === 0 ? 'no line' : `${this.#seen} of ${times} lines`
    const instead =
      this.#others === 0
        ? 'it wrote nothing'
        : `it wrote ${this.#others} other line${this.#others === 1 ? '' : 's'}, at last: ${this.#last.slice(0, KEPT.shown)}`
    return { code: 'missing-log', message: `${from.text} wrote ${count} with ${wanted} in this step; ${instead}` }
  }
}

async function untilHeard({ signal }: Pick<Stage, 'signal'>, open: () => readonly Heard[], deadlineMs: number): Promise<void> {
  if (open().length === 0) return
  try {
    await waitFor({
      what: 'lines of logs',
      code: 'missing-log',
      deadlineMs,
      everyMs: 20,
      signal,
      look: async () => (open().length === 0 ? { done: true } : { seen: `${open().length} logs lack lines` }),
    })
  } catch (error) {
    // What is missing stands in the causes, each with its own words.
    if (!(error instanceof MeshproofError && error.code === 'missing-log')) throw error
  }
}

async function podsOf({ cluster, signal }: Pick<Stage, 'cluster' | 'signal'>, logs: readonly LogAssertion[]): Promise<PodView[]> {
  const namespaces = [...new Set(logs.map(({ from }) => from.namespace))]
  const lists = await Promise.all(namespaces.map((namespace) => listPods(cluster, { namespace, signal })))
  // A container that has not started yet has no log that could be followed.
  return lists.flat().filter(({ phase }) => phase === 'Running')
}

/** By the app's label, or by the name of the Deployment that made the pod. */
function isOf({ name, namespace, labels }: PodView, from: Source): boolean {
  if (namespace !== from.namespace) return false
  const hash = labels['pod-template-hash']
  return labels['app'] === from.app || (hash !== undefined && name.startsWith(`${from.app}-${hash}-`))
}

/** The container of the app's own name, or the first that is no proxy's. */
function containerOf({ containers }: PodView, { app, container }: Source): string {
  return container ?? containers.find((name) => name === app) ?? containers.find((name) => name !== PROXY) ?? app
}
