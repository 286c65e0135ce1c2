import pLimit from 'p-limit'
import { MeshproofError } from '../error.ts'
import type { PodView } from '../kube/get.ts'
import { listPods } from '../kube/get.ts'
import { address, LOCAL_PORT_BUSY, tcpArgs } from '../probe/question.ts'
import type { Cell, Step } from '../scenario/model.ts'
import { ask, type Joined, join } from './ask.ts'
import { type Ends, podsOf } from './ends.ts'
import type { Epochs } from './epochs.ts'
import { finish } from './finish.ts'
import { isOpen } from './judge.ts'
import { probePort } from './probe-port.ts'
import type { Attempt } from './result.ts'
import { moved, type Nonces, readNonces } from './settle.ts'
import type { Stage } from './stage.ts'

/** Questions in flight; each is a process in a pod, and the results do not depend on it. */
const AT_ONCE = 16
const CONTROL_MS = 2_000
/** Stale answers in a row of one cell before the round is closed all the same: a client's proxy has a pool for each worker thread. */
const STALE_AT_MOST = 6

/** What a run knows of the servers' connections; it outlives a scenario, since connections do. Keyed by the pod's uid. */
export type EpochBook = Map<string, Epochs>

export interface Observation {
  readonly attempts: ReadonlyMap<string, readonly Attempt[]>
  /** Cells whose pods came, went or were not ready: the reason by the cell's id. */
  readonly disturbed: ReadonlyMap<string, string>
}

interface Controls {
  readonly stage: Stage
  readonly runId: string
  readonly cells: readonly Cell[]
  readonly ends: ReadonlyMap<string, Ends>
  /** Ports to capture at each server, by the pod's uid. */
  readonly ports: ReadonlyMap<string, readonly number[]>
}

interface ObserveOptions extends Controls {
  readonly step: Step
  readonly book: EpochBook
  readonly ground: Ground
  /** Settles and fences anew, after configuration moved. */
  readonly resettle: () => Promise<Ground>
  readonly changedAt: number
}

/** What answers are judged against. */
export interface Ground {
  readonly nonces: Nonces
  /** Until it has settled no answer can be told old from new. */
  readonly fenced: { readonly known: Promise<unknown> }
}

let tokens = 0

/**
 * Asks a step's cells, in rounds, until all are decided or the step's bound has passed. A decided cell is asked on, once a round,
 * as long as another is open: a contradiction must not go unseen. When configuration is sent meanwhile, nothing so far counts: the step
 * settles once more, and all is asked anew.
 */
export async function observe(options: ObserveOptions): Promise<Observation> {
  const { stage, step, cells, ends } = options
  const attempts = new Map<string, Attempt[]>(cells.map((cell) => [cell.id, []]))
  const of = (cell: Cell) => attempts.get(cell.id) ?? []
  const limit = pLimit(AT_ONCE)
  const end = performance.now() + step.bounds.decisionMs
  let disturbed = new Map<string, string>()
  let { ground } = options
  let since = performance.now()
  do {
    const asked = await Promise.all(
      cells.map(async (cell) => {
        const found = ends.get(cell.id)
        return found ? askRound({ ...options, ground, cell, found, wanted: missing(cell, of(cell)), limit }) : []
      }),
    )
    // All of it after the last answer, and side by side: each only has to be later than what it vouches for.
    const [blind, now, gone] = await Promise.all([controls(options), readNonces(stage), disturbances(stage, cells, ends)])
    const pushed = moved(ground.nonces, now)
    disturbed = gone
    for (const one of asked.flat().sort((a, b) => a.at - b.at)) {
      const kept = of(one.cell)
      const blindness = (one.server ? [one.server] : one.ends.servers).map(({ pod }) => blind.get(pod.uid)).find(Boolean)
      kept.push(await finish(one, { stage, n: kept.length + 1, blind: blindness, changedAt: options.changedAt }))
    }
    if (disturbed.size > 0) break
    if (pushed.length === 0) continue
    for (const [id, kept] of attempts)
      attempts.set(
        id,
        kept.map((attempt) => outdated(attempt, pushed)),
      )
    if (performance.now() >= end) break
    ground = await options.resettle()
    since = performance.now()
  } while (cells.some((cell) => isOpen(cell, of(cell), { stillMs: performance.now() - since, late: performance.now() >= end })))
  return { attempts, disturbed }
}

/** An answer from before configuration moved, or from while it did: it says nothing about what is there now. */
function outdated(attempt: Attempt, pushed: readonly string[]): Attempt {
  const cause = { code: 'not-propagated', message: `configuration was sent while asking: ${pushed.join(', ')}` }
  return attempt.fate.kind === 'counted' ? { ...attempt, fate: { kind: 'void', cause } } : attempt
}

interface RoundOptions extends ObserveOptions {
  readonly cell: Cell
  readonly found: Ends
  /** How many answers that count are still needed. */
  readonly wanted: number
  readonly limit: <T>(work: () => Promise<T>) => Promise<T>
}

/** One cell's part of a round: as many answers as are needed, and others for those that came over an old connection. */
async function askRound({ stage, runId, book, ground, cell, found, wanted, limit }: RoundOptions): Promise<Joined[]> {
  const round: Joined[] = []
  for (let left = wanted; left > 0 && round.length < wanted + STALE_AT_MOST; ) {
    const asked = []
    // One after the other within a cell: side by side they would open connections that nobody else would.
    for (let n = 0; n < left; n += 1) asked.push(await limit(() => ask({ stage, cell, ends: found, token: newToken(runId) })))
    await ground.fenced.known
    const joined = await Promise.all(asked.map((one) => join(one, book)))
    round.push(...joined)
    left = joined.filter(({ stale }) => stale !== undefined).length
  }
  return round
}

function missing(cell: Cell, attempts: readonly Attempt[]): number {
  const counted = attempts.filter(({ fate }) => fate.kind === 'counted').length
  return Math.max(1, cell.bounds.answers - counted)
}

/** `mp-` begins every token; the run's id keeps those of two runs apart. */
export function newToken(runId: string): string {
  tokens += 1
  return `mp-${runId.slice(-4)}-${tokens}`
}

/**
 * A plain-text marker to each captured pod, after the last question: when it stands in the stream, so does everything before it.
 * @returns why a capture is blind, by the pod's uid.
 */
export async function controls({ stage, runId, cells, ends, ports }: Controls): Promise<Map<string, string>> {
  const servers = new Map<string, PodView>()
  for (const cell of cells) {
    for (const { pod } of (cell.declared.wire && ends.get(cell.id)?.servers) || []) servers.set(pod.uid, pod)
  }
  const blind = new Map<string, string>()
  await Promise.all(
    [...servers.values()].map(async (pod) => {
      const [port] = ports.get(pod.uid) ?? []
      if (port === undefined) return
      try {
        const capture = await stage.capture(pod, ports.get(pod.uid) ?? [])
        const { token } = await control({ stage, runId, pod, port })
        const seen = await capture.sawText(token, CONTROL_MS, stage.signal)
        // Drops are known only as of the last beat; the answers of this round need them as of now.
        const counted = await capture.askDrops(CONTROL_MS, stage.signal)
        const fault = capture.fault() ?? (counted ? undefined : 'tcpdump did not say how many packets it lost')
        if (!seen || fault) blind.set(pod.uid, fault ?? 'a plain-text marker sent after the last question did not arrive in the capture')
      } catch (error) {
        stage.signal.throwIfAborted()
        blind.set(pod.uid, `the capture is lost: ${error instanceof Error ? error.message : String(error)}`)
      }
    }),
  )
  return blind
}

/**
 * Sends a token in plain text, from outside the mesh, to a pod's port; what comes back does not matter.
 * @throws MeshproofError `local-port-busy` when it could not be sent; those of sessions.
 */
export async function control({
  stage,
  runId,
  pod,
  port,
}: {
  stage: Stage
  runId: string
  pod: PodView
  port: number
}): Promise<{ token: string; localPort: number }> {
  const outside = await stage.outside()
  const token = newToken(runId)
  const localPort = probePort()
  const { exit } = await outside.ask({
    id: token,
    verb: 't',
    args: tcpArgs(localPort, address(pod.ip, port), `control ${token}`),
    deadlineMs: CONTROL_MS,
    signal: stage.signal,
  })
  if (exit === LOCAL_PORT_BUSY) {
    throw new MeshproofError({
      code: 'local-port-busy',
      message: `a plain-text marker could not be sent to ${pod.name}.${pod.namespace}`,
      seen: `port ${localPort} is taken in the pod that sends it`,
    })
  }
  return { token, localPort }
}

/** Cells whose pods are no longer those that were found, or not ready: nothing about them is established. */
export async function disturbances(stage: Stage, cells: readonly Cell[], ends: ReadonlyMap<string, Ends>): Promise<Map<string, string>> {
  const pods = new Map(
    cells.flatMap((cell) => {
      const found = ends.get(cell.id)
      return found ? [[cell.id, podsOf(found)] as const] : []
    }),
  )
  const namespaces = new Set([...pods.values()].flat().map(({ namespace }) => namespace))
  const lists = await Promise.all([...namespaces].map((namespace) => listPods(stage.cluster, { namespace, signal: stage.signal })))
  const ready = new Map(lists.flat().flatMap((pod) => (pod.ready ? [[pod.uid, pod]] : [])))
  const found = new Map<string, string>()
  for (const cell of cells) {
    const gone = pods.get(cell.id)?.find((pod) => ready.get(pod.uid)?.lifeline !== pod.lifeline)
    if (!gone) continue
    const how = ready.has(gone.uid) ? 'was started anew, or was not ready meanwhile' : 'is gone or not ready'
    found.set(cell.id, `${gone.name}.${gone.namespace} ${how}`)
  }
  return found
}
