import type { Cell, ObjectKey, Scenario } from '../scenario/model.ts'
import { type Cast, recast } from './cast.ts'
import { EventQueue } from './event-queue.ts'
import type { RunEvent } from './events.ts'
import { firstMove } from './move-pods.ts'
import type { EpochBook } from './observe.ts'
import type { ScenarioResult } from './result.ts'
import { runScenario } from './run-scenario.ts'
import { schedule } from './schedule.ts'
import type { Stage } from './stage.ts'
import { Turn } from './turn.ts'

/** What a scenario left on the cluster so far, kept up to date while it runs: an end at any moment knows what to undo. */
export interface Left {
  readonly present: Map<string, ObjectKey>
  readonly altered: Map<string, ObjectKey>
}

interface RunAllOptions {
  readonly stage: Stage
  readonly runId: string
  readonly scenarios: readonly Scenario[]
  readonly cast: Cast
  readonly emit: (event: RunEvent) => void
  readonly only: (cell: Cell, scenario: Scenario) => boolean
  readonly evidence: boolean
  /** Gets one entry for each scenario that has begun. */
  readonly left: Left[]
  /** Gets one entry for each scenario that has ended. */
  readonly results: Map<Scenario, ScenarioResult>
}

/** Runs scenarios one after the other, and slow ones beside them. @throws the signal's reason; what `recast` throws. */
export async function runAll(options: RunAllOptions): Promise<void> {
  const { stage, runId, scenarios, cast, left, results } = options
  const book: EpochBook = new Map()
  const turn = new Turn()
  const { first, slow, rest } = schedule(scenarios)
  let moved = false
  const run = async (scenario: Scenario, emit: (event: RunEvent) => void) => {
    const own: Left = { present: new Map(), altered: new Map() }
    left.push(own)
    const only = (cell: Cell) => options.only(cell, scenario)
    results.set(scenario, await runScenario({ stage, runId, scenario, cast, book, ...own, emit, only, evidence: options.evidence, turn }))
  }
  const prepared = async (scenario: Scenario) => {
    // A scenario that moved pods leaves others of the same names behind.
    if (moved) await recast({ stage, runId, scenario, cast, from: 0 })
  }
  const oneByOne = async (some: readonly Scenario[], after: () => void) => {
    for (const scenario of some) {
      await prepared(scenario)
      await run(scenario, options.emit)
      moved ||= Number.isFinite(firstMove(scenario))
      after()
    }
  }

  await oneByOne(first, () => {})
  const beside: { readonly queue: EventQueue; readonly done: Promise<void> }[] = []
  const ended = new Set<EventQueue>()
  try {
    for (const scenario of slow) {
      await prepared(scenario)
      const queue = new EventQueue(options.emit)
      const done = run(scenario, (event) => queue.put(event))
      done.then(
        () => ended.add(queue),
        () => {},
      )
      beside.push({ queue, done })
    }
    await oneByOne(rest, () => {
      for (const queue of ended) queue.open()
    })
    for (const { queue, done } of beside) {
      queue.open()
      await done
    }
  } finally {
    // Whatever ended the others: nobody may apply anything any more once the run cleans up.
    await Promise.allSettled(beside.map(({ done }) => done))
  }
}
