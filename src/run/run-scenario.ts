import type { Cell, Step } from '../scenario/model.ts'
import { ask } from './ask.ts'
import { endsOf } from './cast.ts'
import { causeOf } from './cause-of.ts'
import { isServed } from './evaluate.ts'
import type { RunEvent } from './events.ts'
import { collectEvidence, type EvidenceFile } from './evidence.ts'
import { leftOut } from './left-out.ts'
import { newToken } from './observe.ts'
import { type Cause, type ScenarioResult, type StepResult, worstVerdict } from './result.ts'
import { runStep, type ScenarioContext } from './run-step.ts'
import { teardown } from './teardown.ts'
import type { Turn } from './turn.ts'

interface ScenarioOptions extends ScenarioContext {
  readonly emit: (event: RunEvent) => void
  readonly only: (cell: Cell) => boolean
  /** Whether evidence is collected for cells that are no pass. */
  readonly evidence: boolean
  /** Shared by the scenarios that run side by side. */
  readonly turn: Turn
}

/** One scenario: its steps in order, then everything that it applied removed and seen gone from the proxies. */
export async function runScenario(options: ScenarioOptions): Promise<ScenarioResult> {
  const { stage, scenario, emit, only, turn } = options
  const begun = performance.now()
  const steps: StepResult[] = []
  const causes: Cause[] = []
  emit({ kind: 'scenario-start', scenario })
  const lastNeeded = Math.max(-1, ...scenario.steps.filter((step) => step.cells.some(only)).map((step) => step.index))
  try {
    const served = await inTurn(turn, () => askUnserved(options))
    for (const step of scenario.steps.slice(0, lastNeeded + 1)) {
      emit({ kind: 'step-start', scenario, step })
      const onPhase = (phase: 'changing' | 'settling' | 'asking') => emit({ kind: 'step-phase', scenario, step, phase })
      const gated = await leftOut({ stage, cells: step.cells, ends: endsOf(options.cast, scenario) })
      const cells = step.cells.filter((cell) => only(cell) && !gated.has(cell.id))
      const isMeant = gated.size === 0 || gated.size < step.cells.length
      const { result, files } = await inTurn(turn, async (onWatch) => {
        const done = isMeant ? withControl(await runStep({ ...options, step, cells, onPhase, onWatch }), served) : passedOver(step)
        const judged = withLeftOut(done, step, gated)
        return { result: judged, files: options.evidence ? await evidenceOf(options, judged) : [] }
      })
      steps.push(result)
      for (const cell of result.cells) emit({ kind: 'cell-decided', scenario, step, cell: cell.cell, result: cell })
      if (files.length > 0) emit({ kind: 'evidence', scenario, step, files })
      emit({ kind: 'step-end', scenario, step, result })
    }
  } finally {
    if (!stage.signal.aborted) await inTurn(turn, () => teardown(options)).catch((error: unknown) => causes.push(causeOf(error)))
  }
  const verdict = worstVerdict([...steps.map((step) => step.verdict), ...causes.map(() => 'inconclusive' as const)])
  const result: ScenarioResult = { scenario, verdict, steps, causes, ms: performance.now() - begun }
  emit({ kind: 'scenario-end', scenario, result })
  return result
}

/** Nothing where all is green, which costs nothing then. */
async function evidenceOf({ stage, scenario, cast, present }: ScenarioOptions, { cells }: StepResult): Promise<readonly EvidenceFile[]> {
  const red = cells.filter(({ verdict }) => verdict !== 'pass')
  return red.length === 0 ? [] : collectEvidence({ stage, red, ends: endsOf(cast, scenario), present: present.values() })
}

/** A step that is not for these versions: nothing of it is done. */
function passedOver({ index, title }: Step): StepResult {
  return { index, title, verdict: 'pass', changes: [], settleMs: 0, altered: [], cells: [], causes: [], ms: 0 }
}

function withLeftOut(result: StepResult, { cells }: Step, gated: ReadonlyMap<string, string>): StepResult {
  if (gated.size === 0) return result
  const missed = cells.flatMap((cell) => {
    const reason = gated.get(cell.id)
    return reason === undefined ? [] : [{ cell, reason }]
  })
  return { ...result, leftOut: missed }
}

/** Does something while nobody else changes the mesh; `work` may end its turn before it is done. */
async function inTurn<T>(turn: Turn, work: (end: () => void) => Promise<T>): Promise<T> {
  const end = await turn.take()
  try {
    return await work(end)
  } finally {
    end()
  }
}

/** A pair of ends, whatever is asked. */
function pair({ from, to }: Cell): string {
  return `${from.text} ${to.text}`
}

/**
 * Pairs that are refused before any step declares them served are asked once while nothing is applied: a refusal proves nothing where
 * nobody is ever served.
 */
async function askUnserved({ stage, runId, scenario, cast, only }: ScenarioOptions): Promise<Set<string>> {
  const first = new Map<string, Cell>()
  for (const cell of scenario.steps.flatMap((step) => step.cells.filter(only))) {
    if (!first.has(pair(cell))) first.set(pair(cell), cell)
  }
  const open = [...first.values()].filter(({ declared }) => !isServed(declared.outcome))
  const served = await Promise.all(
    open.map(async (cell) => {
      const found = endsOf(cast, scenario).get(cell.id)
      const asked = found && (await ask({ stage, cell, ends: found, token: newToken(runId) }))
      return asked?.reading.kind === 'outcome' && isServed(asked.reading.outcome) ? [pair(cell)] : []
    }),
  )
  return new Set(served.flat())
}

/** Adds the pairs that a step served; a refusal of a pair that never was is no proof. */
function withControl(step: StepResult, served: Set<string>): StepResult {
  for (const { cell, attempts } of step.cells) {
    if (attempts.some(({ seen, fate }) => fate.kind !== 'void' && seen && isServed(seen.outcome))) served.add(pair(cell))
  }
  const cells = step.cells.map((result) => {
    if (result.verdict !== 'pass' || isServed(result.cell.declared.outcome) || served.has(pair(result.cell))) return result
    const cause = { code: 'never-served', message: 'this pair was not served before in this run, so that its refusal proves nothing' }
    return { ...result, verdict: 'inconclusive', cause } as const
  })
  return { ...step, cells, verdict: worstVerdict([step.verdict, ...cells.map(({ verdict }) => verdict)]) }
}
