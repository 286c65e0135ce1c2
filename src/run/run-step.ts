import { formatDeclared, identityOf } from '../scenario/format.ts'
import type { Cell, ObjectKey, Scenario, Step } from '../scenario/model.ts'
import { type Cast, endsOf, recast } from './cast.ts'
import { causeOf } from './cause-of.ts'
import { change } from './change.ts'
import { layGround, resettle } from './ground.ts'
import { judge } from './judge.ts'
import { type LogWatch, watchLogs } from './log-watch.ts'
import { firstMove } from './move-pods.ts'
import { type EpochBook, observe } from './observe.ts'
import { type Cause, type CellResult, type ChangeResult, type LogResult, type StepResult, worstVerdict } from './result.ts'
import { readNonces, type Settled, settle } from './settle.ts'
import type { Stage } from './stage.ts'
import { watchCells } from './watch.ts'

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
  /** Called when only watched cells are left: from then on others may change the mesh. */
  readonly onWatch: () => void
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
    const ground = await layGround(options, settled)
    settleMs = performance.now() - begun
    onPhase('asking')
    const found = { ends: endsOf(options.cast, options.scenario), ports: options.cast.ports }
    const steady = cells.filter(({ watch }) => !watch)
    if (steady.length > 0) {
      const again = () => resettle(options, ground.nonces)
      const seen = await observe({ ...options, ...found, cells: steady, ground, resettle: again, changedAt })
      results = results.map((unasked) => {
        const { cell } = unasked
        if (cell.watch) return unasked
        const gone = seen.disturbed.get(cell.id)
        const result = judge(cell, seen.attempts.get(cell.id) ?? [])
        return gone ? { ...result, verdict: 'inconclusive', cause: { code: 'disturbed', message: gone } } : timed(result, options)
      })
    }
    if (steady.length < cells.length) {
      await ground.fenced.known
      options.onWatch()
      const watched = await watchCells({ ...options, ...found, changedAt })
      results = results.map((result) => watched.get(result.cell.id) ?? result)
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
