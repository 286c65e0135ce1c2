import type { MeshproofError } from '../error.ts'
import type { Cell, Scenario } from '../scenario/model.ts'
import { openEars, type Play } from './ears.ts'
import { answering, type Ends, findEnds } from './ends.ts'
import { firstMove } from './move-pods.ts'
import type { Stage } from './stage.ts'

/** Who plays: the pods behind every cell. It changes while a run goes on, when a scenario moves pods. */
export interface Cast {
  /** By scenario, then by the cell's id. A cell whose pods a step will only bring has none before. */
  readonly ends: ReadonlyMap<Scenario, Map<string, Ends>>
  /** Ports to capture at each server, by the pod's uid: one capture serves the whole run. */
  readonly ports: Map<string, readonly number[]>
}

interface AssembleOptions {
  readonly stage: Stage
  readonly runId: string
  readonly scenarios: readonly Scenario[]
}

/** Finds the pods of all cells and opens their ears. @throws MeshproofError those of `findEnds` and `openEars`. */
export async function assembleCast({ stage, runId, scenarios }: AssembleOptions): Promise<Cast> {
  const ends = new Map<Scenario, Map<string, Ends>>()
  for (const [scenario, found] of await Promise.all(
    scenarios.map(async (one) => [one, await findEnds(stage, cellsFrom(one, 0))] as const),
  )) {
    const needed = firstMove(scenario)
    throwMissing(
      found.missing,
      cellsFrom(scenario, 0).filter(({ step }) => step < needed),
    )
    ends.set(scenario, found.ends)
  }
  const cast: Cast = { ends, ports: new Map() }
  addPorts(
    cast,
    [...ends.values()].flatMap((found) => [...found.values()]),
  )
  // All at once: what several scenarios need is opened, and tried, once.
  await openEars({ stage, runId, plays: scenarios.flatMap((scenario) => playsOf(cast, scenario, 0)), ports: cast.ports })
  return cast
}

interface RecastOptions {
  readonly stage: Stage
  readonly runId: string
  readonly scenario: Scenario
  readonly cast: Cast
  /** The step that is about to be asked; those before it are over. */
  readonly from: number
}

/** Finds the pods of a scenario's cells anew, after pods came or went. @throws MeshproofError as `assembleCast`, for the step's own cells. */
export async function recast({ stage, runId, scenario, cast, from }: RecastOptions): Promise<void> {
  const cells = cellsFrom(scenario, from)
  const { ends, missing } = await findEnds(stage, cells)
  const kept = endsOf(cast, scenario)
  for (const { id } of cells) {
    const found = ends.get(id)
    if (found) kept.set(id, found)
    else kept.delete(id)
  }
  const needed = Math.max(from + 1, firstMove(scenario))
  throwMissing(
    missing,
    cells.filter(({ step }) => step === from || (from === 0 && step < needed)),
  )
  addPorts(cast, [...ends.values()])
  await openEars({ stage, runId, plays: playsOf(cast, scenario, from), ports: cast.ports })
}

/** The ends of a scenario's cells as they are now. */
export function endsOf({ ends }: Cast, scenario: Scenario): Map<string, Ends> {
  return ends.get(scenario) ?? new Map()
}

/** A cell whose pods are not there yet does not play. */
function playsOf(cast: Cast, scenario: Scenario, from: number): Play[] {
  const kept = endsOf(cast, scenario)
  return cellsFrom(scenario, from).flatMap((cell) => {
    const ends = kept.get(cell.id)
    return ends ? [{ cell, ends }] : []
  })
}

function cellsFrom({ steps }: Scenario, from: number): readonly Cell[] {
  return steps.filter(({ index }) => index >= from).flatMap(({ cells }) => cells)
}

function throwMissing(missing: ReadonlyMap<string, MeshproofError>, cells: readonly Cell[]): void {
  const first = cells.map(({ id }) => missing.get(id)).find((error) => error !== undefined)
  if (first) throw first
}

/** A capture takes the ports of its first call, so that all that is known of a pod's ports by then is in it. */
function addPorts({ ports }: Cast, ends: readonly Ends[]): void {
  for (const { pod, port } of ends.flatMap(answering)) {
    const there = ports.get(pod.uid) ?? []
    if (there.includes(port)) continue
    ports.set(
      pod.uid,
      [...there, port].sort((a, b) => a - b),
    )
  }
}
