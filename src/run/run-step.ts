import { MeshproofError } from '../error.ts'
import type { PodView } from '../kube/get.ts'
import { type Cell, formatDeclared, identityOf, type ObjectKey, type Scenario, type Step } from '../scenario/model.ts'
import { type Cast, endsOf, recast } from './cast.ts'
import { change } from './change.ts'
import { fence, unwarmed } from './fence.ts'
import { judge } from './judge.ts'
import { type LogWatch, watchLogs } from './log-watch.ts'
import { firstMove } from './move-pods.ts'
import { type EpochBook, type Ground, observe } from './observe.ts'
import { type Cause, type CellResult, type ChangeResult, type LogResult, type StepResult, worstVerdict } from './result.ts'
import { type Nonces, readNonces, type Settled, settle } from './settle.ts'
import { hasProxy, type Stage } from './stage.ts'

/** What all steps of a scenario share. */
export interface ScenarioContext {
  readonly stage: Stage
  readonly runId: string
  readonly scenario: Scenario
  readonly cast: Cast
  readonly book: EpochBook
  readonly present: Map<string, ObjectKey>
  /** Objects of others that this run has altered. */
  readonly altered: Map<string, ObjectKey>
}

interface StepOptions extends ScenarioContext {
  readonly step: Step
  /** The cells to ask; a step before a selected one is applied and settled all the same. */
  readonly cells: readonly Cell[]
  readonly onPhase: (phase: 'changing' | 'settling' | 'asking') => void
}

/** What a step's logs may take after the last answer, milliseconds; the authorizer's own process may be slow to write. */
const LINES_MS = 5_000

/** Codes of step causes that are the mesh's own doing: they fail the step; all others leave it inconclusive. */
const FAILURES = new Set(['not-refused', 'other-refusal', 'no-warning', 'missing-log'])

/** One step: change, settle, ask, judge. Never throws but for an abort: what went wrong stands in the result. */
export async function runStep(options: StepOptions): Promise<StepResult> {
  const { stage, step, cells, onPhase } = options
  const begun = performance.now()
  let changes: readonly ChangeResult[] = []
  let settleMs = 0
  let settled: Settled | undefined
  const causes: Cause[] = []
  let results: readonly CellResult[] = cells.map((cell) => judge(cell, []))
  let logs: readonly LogResult[] | undefined
  let watching: LogWatch | undefined
  try {
    watching = await watchLogs(stage, step)
    const before = await readNonces(stage)
    onPhase('changing')
    const changed = await change(options)
    changes = changed.results
    const changedAt = Date.now()
    causes.push(...changed.causes)
    await watching.join()
    onPhase('settling')
    settled = await settle({
      stage,
      runId: options.runId,
      changes: changed.changes,
      facts: changed.facts,
      before,
      deadlineMs: step.bounds.settleMs,
    })
    if (step.index >= firstMove(options.scenario)) await recast({ ...options, from: step.index })
    const ground = { nonces: settled.nonces, fenced: await fences(options, settled) }
    settleMs = performance.now() - begun
    onPhase('asking')
    if (cells.length > 0) {
      const found = { ends: endsOf(options.cast, options.scenario), ports: options.cast.ports }
      const seen = await observe({ ...options, ...found, ground, resettle: () => resettle(options, ground.nonces), changedAt })
      results = cells.map((cell) => {
        const gone = seen.disturbed.get(cell.id)
        const result = judge(cell, seen.attempts.get(cell.id) ?? [])
        return gone ? { ...result, verdict: 'inconclusive', cause: { code: 'disturbed', message: gone } } : timed(result, options)
      })
    }
    const heard = await watching.finish(LINES_MS)
    logs = heard.logs
    causes.push(...heard.causes)
  } catch (error) {
    stage.signal.throwIfAborted()
    const cause = causeOf(error)
    causes.push(cause)
    results = results.map((result) => ({ ...result, verdict: 'inconclusive', cause }))
  }
  watching?.close()
  const enforced = results.flatMap(({ timeToEnforceMs }) => timeToEnforceMs ?? [])
  return {
    index: step.index,
    title: step.title,
    verdict: worstVerdict([
      ...results.map(({ verdict }) => verdict),
      ...causes.map(({ code }) => (FAILURES.has(code) ? 'fail' : 'inconclusive')),
    ]),
    changes,
    settleMs,
    altered: settled?.altered ?? [],
    ...(enforced.length > 0 ? { timeToEnforceMs: Math.max(...enforced) } : {}),
    cells: results,
    ...(logs && logs.length > 0 ? { logs } : {}),
    causes,
    ms: performance.now() - begun,
  }
}

/** Settles again without a change of the step's own: others change the mesh as well. */
async function resettle(options: StepOptions, before: Nonces): Promise<Ground> {
  const { stage, runId, step } = options
  const settled = await settle({ stage, runId, changes: [], before, deadlineMs: step.bounds.settleMs })
  return { nonces: settled.nonces, fenced: await fences(options, settled) }
}

/** An error as a cause; anything that is not a known fault keeps its stack, since it is our own bug. */
export function causeOf(error: unknown): Cause {
  if (error instanceof MeshproofError) return { code: error.code, message: [error.message, error.seen].filter(Boolean).join(': ') }
  return { code: 'bug', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

/**
 * Everything that runs in the proxies now, not only accepted: every server whose proxy was sent something since its connections were
 * last looked at, and every client that the step altered. What is asked then may be judged once the inner promise has settled.
 */
async function fences(options: StepOptions, { nonces, altered }: Settled): Promise<{ readonly known: Promise<unknown> }> {
  const { stage, runId, scenario, step, cells, cast, book } = options
  const [ends, { ports }] = [endsOf(cast, scenario), cast]
  const found = cells.flatMap((cell) => ends.get(cell.id) ?? [])
  const answering = found.flatMap(({ gateway, servers }) => [...(gateway ? [gateway] : []), ...servers])
  const servers = new Map(answering.flatMap(({ pod }) => (hasProxy(pod) ? [[pod.uid, pod] as const] : [])))
  const clients = new Map(found.flatMap(({ source, viaProxy }) => (viaProxy ? [[source.uid, source] as const] : [])))
  const deadlineMs = step.bounds.settleMs
  const known: Promise<void>[] = []
  await Promise.all([
    ...[...servers.values()].map(async (pod) => {
      const nonce = nonces.get(proxyName(pod))
      if (nonce === undefined) {
        throw new MeshproofError({ code: 'proxy-not-connected', message: `the proxy of ${proxyName(pod)} is not connected to istiod` })
      }
      if (book.get(pod.uid)?.nonce === nonce) return
      const fenced = await fence({ stage, runId, pod, ports: ports.get(pod.uid) ?? [], book, deadlineMs })
      known.push(
        fenced.known.then(() => {
          const epochs = book.get(pod.uid)
          if (epochs) epochs.nonce = nonce
        }),
      )
    }),
    ...[...clients.values()].map(async (pod) => {
      if (!nonces.has(proxyName(pod))) {
        throw new MeshproofError({ code: 'proxy-not-connected', message: `the proxy of ${proxyName(pod)} is not connected to istiod` })
      }
      if (altered.includes(proxyName(pod))) await unwarmed(stage, pod, deadlineMs)
    }),
  ])
  const all = Promise.all(known)
  // It may fail while nobody waits for it yet.
  all.catch(() => {})
  return { known: all }
}

/** A proxy as istiod names it. */
function proxyName({ name, namespace }: PodView): string {
  return `${name}.${namespace}`
}

/** Time-to-enforce, where the cell's declaration differs from that of the step before; and its declared bound. */
function timed(result: CellResult, { scenario, step }: StepOptions): CellResult {
  const { cell } = result
  const before = scenario.steps[step.index - 1]?.cells.find((one) => identityOf(one) === identityOf(cell))
  const first = result.attempts.find(({ fate }) => fate.kind === 'counted')
  if (!first || !before || formatDeclared(before.declared) === formatDeclared(cell.declared)) return result
  const timeToEnforceMs = first.sinceChangeMs
  if (result.verdict !== 'pass' || cell.enforcedWithinMs === undefined || timeToEnforceMs <= cell.enforcedWithinMs)
    return { ...result, timeToEnforceMs }
  const message = `enforced after ${Math.round(timeToEnforceMs)} ms, declared within ${cell.enforcedWithinMs} ms`
  return { ...result, timeToEnforceMs, verdict: 'fail', cause: { code: 'enforced-late', message } }
}
