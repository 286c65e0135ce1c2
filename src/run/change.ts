import { MeshproofError } from '../error.ts'
import { apply } from '../kube/apply.ts'
import { formatKey } from '../scenario/format.ts'
import type { ObjectKey, Scenario, Step } from '../scenario/model.ts'
import { fillPlaceholders } from '../scenario/placeholders.ts'
import type { Fact } from './fact.ts'
import { changeMesh } from './mesh-config.ts'
import { movePods } from './move-pods.ts'
import { removeObject } from './remove-object.ts'
import type { Cause, ChangeResult } from './result.ts'
import type { Change } from './settle.ts'
import type { Stage } from './stage.ts'

export interface Changed {
  readonly results: readonly ChangeResult[]
  readonly changes: readonly Change[]
  readonly facts: readonly Fact[]
  /** What admission did otherwise than declared. */
  readonly causes: readonly Cause[]
}

interface ChangeOptions {
  readonly stage: Stage
  readonly runId: string
  readonly scenario: Pick<Scenario, 'id'>
  readonly step: Step
  /** Objects of this run that exist; kept up to date, so that an end at any moment knows what to remove. */
  readonly present: Map<string, ObjectKey>
  /** Objects of others that this run has altered; kept up to date for the same reason. */
  readonly altered: Map<string, ObjectKey>
}

/**
 * Changes the mesh, deletes, applies, then scales, in the file's order, and waits for the pods that this moves.
 * @throws MeshproofError those of `apply` and `remove`: infrastructure.
 */
export async function change({ stage, runId, scenario, step, present, altered }: ChangeOptions): Promise<Changed> {
  const { cluster, signal } = stage
  const results: ChangeResult[] = []
  const changes: Change[] = []
  const causes: Cause[] = []
  const facts: Fact[] = []
  if (step.mesh) {
    const { objects, fact } = await changeMesh({ stage, runId, mesh: step.mesh, altered })
    facts.push(fact)
    const yaml = step.mesh.kind === 'merge' ? step.mesh.yaml : undefined
    results.push(...objects.map((object) => ({ action: yaml === undefined ? 'restore' : 'alter', object, yaml, warnings: [] }) as const))
  }
  for (const { key } of step.deletes) {
    await removeObject(cluster, key, signal)
    present.delete(formatKey(key))
    changes.push({ key, resourceVersion: undefined })
    results.push({ action: 'delete', object: formatKey(key), warnings: [] })
  }
  const placeholders = await stage.credentials.placeholders(`${runId}.${scenario.id}`)
  for (const { key, manifest, yaml, refused } of step.applies) {
    const object = formatKey(key)
    // Before the request: a run that ends while it is under way must know of the object.
    present.set(object, key)
    const outcome = await apply(cluster, fillPlaceholders(manifest, placeholders), { runId, signal })
    if (outcome.kind === 'applied') {
      changes.push({ key, resourceVersion: outcome.applied.resourceVersion })
      results.push({ action: 'apply', object, yaml, warnings: outcome.applied.warnings })
      if (refused !== undefined) causes.push({ code: 'not-refused', message: `${object} was accepted; declared refused: ${refused}` })
      continue
    }
    results.push({ action: 'apply', object, yaml, warnings: [], refused: outcome.message })
    if (refused === undefined) {
      throw new MeshproofError({ code: 'apply-refused', message: `${object} was refused`, seen: outcome.message })
    }
    if (!outcome.message.includes(refused))
      causes.push({ code: 'other-refusal', message: `${object} was refused with "${outcome.message}"; declared: ${refused}` })
  }
  const moved = await movePods({ stage, runId, step, altered })
  results.push(...moved.results)
  facts.push(...moved.facts)
  const warned = results.flatMap(({ warnings }) => warnings)
  for (const text of step.warns) {
    if (warned.some((warning) => warning.includes(text))) continue
    causes.push({
      code: 'no-warning',
      message: `the API server did not warn with "${text}"; it ${warned.length === 0 ? 'gave no warning' : `warned: ${warned.join('; ')}`}`,
    })
  }
  return { results, changes, facts, causes }
}
