import { alter } from '../kube/alter.ts'
import { formatKey } from '../scenario/format.ts'
import type { ObjectKey, Scenario, Step } from '../scenario/model.ts'
import { endpointsFollow } from './endpoints.ts'
import type { Fact } from './fact.ts'
import type { ChangeResult } from './result.ts'
import type { Stage } from './stage.ts'
import { isWorkload, untilRolledOut } from './workload.ts'

interface MoveOptions {
  readonly stage: Stage
  readonly runId: string
  readonly step: Step
  /** Objects of others that this run has altered; kept up to date. */
  readonly altered: Map<string, ObjectKey>
}

/** A workload's pods, from the change until they are ready or gone, milliseconds; images are on the node. */
export const PODS_MS = 60_000

/**
 * Scales what a step scales, then waits for all workloads that it applied, scaled or waits for.
 * @returns what was scaled, and the facts by which istiod shows that it knows the pods that came and went.
 * @throws MeshproofError `workload-not-ready`; those of `alter`.
 */
export async function movePods({ stage, runId, step, altered }: MoveOptions): Promise<{ results: ChangeResult[]; facts: Fact[] }> {
  const { cluster, signal } = stage
  const scales = step.scales ?? []
  for (const { key, replicas } of scales) {
    // Before the request: a run that ends while it is under way must know of the object.
    altered.set(formatKey(key), key)
    await alter(cluster, key, { runId, signal, change: () => ({ spec: { replicas } }) })
  }
  const applied = step.applies.filter(({ key, refused }) => refused === undefined && isWorkload(key))
  const awaited = new Map([...applied, ...scales, ...(step.waits ?? [])].map(({ key }) => [formatKey(key), key]))
  await Promise.all([...awaited.values()].map((key) => untilRolledOut(cluster, key, { signal, deadlineMs: PODS_MS })))
  const results = scales.map(
    ({ key, replicas }): ChangeResult => ({
      action: 'alter',
      object: formatKey(key),
      yaml: `spec: { replicas: ${replicas} }\n`,
      warnings: [],
    }),
  )
  const moved = [...movedBy(step), ...(step.waits ?? []).map(({ key }) => key)]
  const namespaces = [...new Set(moved.map(({ namespace }) => namespace))]
  return { results, facts: namespaces.length === 0 ? [] : [endpointsFollow(stage, namespaces)] }
}

/** The first step by which pods or their services come or go; infinite where all stay what they were. */
export function firstMove({ steps }: Scenario): number {
  return steps.find((step) => movedBy(step).length > 0)?.index ?? Number.POSITIVE_INFINITY
}

function movedBy({ applies, deletes, scales = [] }: Step): ObjectKey[] {
  return [...[...applies, ...deletes].map(({ key }) => key).filter(movesPods), ...scales.map(({ key }) => key)]
}

/** Whether a change of this object changes who answers. */
export function movesPods(key: ObjectKey): boolean {
  return isWorkload(key) || (key.group === '' && key.kind === 'Service')
}
