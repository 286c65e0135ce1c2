import { restore } from '../kube/alter.ts'
import { formatKey } from '../scenario/format.ts'
import type { ObjectKey } from '../scenario/model.ts'
import { endpointsFollow } from './endpoints.ts'
import { isMeshConfig, meshRestored } from './mesh-config.ts'
import { movesPods, PODS_MS } from './move-pods.ts'
import { removeObject } from './remove-object.ts'
import { type Nonces, readNonces, settle } from './settle.ts'
import type { Stage } from './stage.ts'
import { isWorkload, untilRolledOut } from './workload.ts'

interface TeardownOptions {
  readonly stage: Stage
  readonly runId: string
  /** Objects of this run that exist. */
  readonly present: Map<string, ObjectKey>
  /** Objects of others that this run has altered. */
  readonly altered: Map<string, ObjectKey>
}

const TEARDOWN_MS = 15_000

/**
 * Removes what a scenario applied, restores what it altered, and waits until the proxies run the mesh without it.
 * @throws MeshproofError those of `remove`, `restore` and `settle`.
 */
export async function teardown({ stage, runId, present, altered }: TeardownOptions): Promise<void> {
  const { cluster, signal } = stage
  const before: Nonces = await readNonces(stage)
  const keys = [...present.values()].reverse()
  const changed = [...altered.values()]
  await Promise.all([
    ...keys.map((key) => removeObject(cluster, key, signal)),
    ...changed.map(async (key) => {
      await restore(cluster, key, { signal })
      if (isWorkload(key)) await untilRolledOut(cluster, key, { signal, deadlineMs: PODS_MS })
    }),
  ])
  for (const key of keys) present.delete(formatKey(key))
  for (const key of changed) altered.delete(formatKey(key))
  if (keys.length + changed.length === 0) return
  const changes = keys.map((key) => ({ key, resourceVersion: undefined }))
  const moved = [...new Set([...keys, ...changed].filter(movesPods).map(({ namespace }) => namespace))]
  const facts = [...(changed.some(isMeshConfig) ? [meshRestored(stage)] : []), ...(moved.length > 0 ? [endpointsFollow(stage, moved)] : [])]
  await settle({ stage, runId, changes, facts, before, deadlineMs: TEARDOWN_MS })
}
