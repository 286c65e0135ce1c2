import { MeshproofError } from '../error.ts'
import { formatKey } from '../scenario/format.ts'
import type { ObjectKey } from '../scenario/model.ts'
import { waitFor } from '../wait.ts'
import { apiError } from './api-status.ts'
import { type AnyObject, type Cluster, RUN_LABEL } from './cluster.ts'
import { get, list } from './get.ts'
import { persist } from './persist.ts'
import { request } from './request.ts'
import { pathOfKey } from './resource.ts'

/** Marks an object of somebody else that a run has altered; its value is the run's id. Such an object is restored, never removed. */
export const ALTERED_LABEL = `${RUN_LABEL}-altered`
/** What puts the object back, as a JSON merge patch: it outlives a run that is killed. */
const UNDO = `${RUN_LABEL}-undo`
const ALTER_MS = 10_000
/** The kinds that a scenario can alter. */
const KINDS = [
  { group: '', kind: 'ConfigMap' },
  { group: 'apps', kind: 'Deployment' },
  { group: 'apps', kind: 'StatefulSet' },
] as const

/** A JSON merge patch (RFC 7396) of an object's content; `null` takes a field away. */
interface Patch {
  readonly [key: string]: unknown
}

interface AlterOptions {
  readonly runId: string
  readonly signal: AbortSignal
  /** What to change, from the object as it is now. */
  readonly change: (object: AnyObject) => Patch
}

/**
 * Changes some fields of an object that is not ours, and keeps in the object itself what they were before the run's first change.
 * @returns the changed object.
 * @throws MeshproofError `not-there`; `not-altered` when others keep changing it for 10 s; `api-forbidden` and those of `request`.
 */
export async function alter(cluster: Cluster, key: ObjectKey, { runId, signal, change }: AlterOptions): Promise<AnyObject> {
  return rewrite(cluster, key, signal, (object) => {
    const patch = change(object)
    const undo = merged(undoOf(patch, object), keptUndo(object) ?? {})
    return withMarks(patch, { label: runId, undo: JSON.stringify(undo) }, object)
  })
}

/** Puts an altered object back as it was, and takes the marks off. @throws those of `alter`. */
export async function restore(
  cluster: Cluster,
  key: ObjectKey,
  { signal }: { signal: AbortSignal },
): Promise<'restored' | 'unaltered' | 'absent'> {
  const there = await get(cluster, key, { signal })
  if (!there) return 'absent'
  if (keptUndo(there) === undefined) return 'unaltered'
  await rewrite(cluster, key, signal, (object) => withMarks(keptUndo(object) ?? {}, { label: null, undo: null }, object))
  return 'restored'
}

/** Objects that runs have altered and not yet restored. `selector` narrows by ALTERED_LABEL. */
export async function listAltered(
  cluster: Cluster,
  { selector = ALTERED_LABEL, signal }: { selector?: string; signal?: AbortSignal | undefined } = {},
): Promise<{ readonly key: ObjectKey; readonly run: string }[]> {
  const lists = await Promise.all(
    KINDS.map(async ({ group, kind }) => {
      const found = await list(cluster, { group, kind, labelSelector: selector, signal })
      return found.map(({ metadata }) => ({
        key: { group, kind, name: metadata.name, namespace: metadata.namespace },
        run: metadata.labels?.[ALTERED_LABEL] ?? '',
      }))
    }),
  )
  return lists.flat()
}

async function rewrite(cluster: Cluster, key: ObjectKey, signal: AbortSignal, patchOf: (object: AnyObject) => Patch): Promise<AnyObject> {
  const path = await pathOfKey(cluster, key, signal)
  const end = await waitFor<AnyObject | MeshproofError>({
    what: `${formatKey(key)} changed`,
    code: 'not-altered',
    deadlineMs: ALTER_MS,
    everyMs: 50,
    signal,
    look: async (looking) => {
      const object = await get(cluster, key, { signal: looking })
      if (!object) return { done: missing(key) }
      const body = patchOf(object)
      const answer = await persist(looking, () =>
        request(cluster, { method: 'PATCH', path, body, contentType: 'application/merge-patch+json', signal: looking }),
      )
      if (answer.status === 200) return { done: answer.body as AnyObject }
      const refusal = apiError(`change ${formatKey(key)}`, answer)
      // Somebody else was faster (its controller writes the status): the next look sees their change too.
      if (answer.status === 409) return { seen: refusal.seen ?? refusal.message }
      return { done: refusal }
    },
  })
  if (end instanceof MeshproofError) throw end
  return end
}

function missing({ kind, name, namespace }: ObjectKey): MeshproofError {
  return new MeshproofError({
    code: 'not-there',
    message: `there is no ${kind} ${name} in ${namespace} that could be changed`,
    next: `kubectl -n ${namespace} get ${kind.toLowerCase()}`,
  })
}

/** The object's version goes along, so that nothing that somebody else wrote meanwhile is overwritten. */
function withMarks(patch: Patch, { label, undo }: { label: string | null; undo: string | null }, { metadata }: AnyObject): Patch {
  const { resourceVersion } = metadata
  return { ...patch, metadata: { resourceVersion, labels: { [ALTERED_LABEL]: label }, annotations: { [UNDO]: undo } } }
}

function keptUndo({ metadata }: AnyObject): Patch | undefined {
  const text = (metadata['annotations'] as Readonly<Record<string, string>> | undefined)?.[UNDO]
  return text === undefined ? undefined : (JSON.parse(text) as Patch)
}

/** The merge patch that takes `patch` back. */
function undoOf(patch: Patch, object: unknown): Patch {
  const now = isMap(object) ? object : {}
  return Object.fromEntries(
    Object.entries(patch).map(([key, value]) => [key, isMap(value) && isMap(now[key]) ? undoOf(value, now[key]) : (now[key] ?? null)]),
  )
}

/** What was kept first wins: it is the older. */
function merged(newer: Patch, older: Patch): Patch {
  const both = Object.keys(newer).filter((key) => isMap(newer[key]) && isMap(older[key]))
  return { ...newer, ...older, ...Object.fromEntries(both.map((key) => [key, merged(newer[key] as Patch, older[key] as Patch)])) }
}

function isMap(value: unknown): value is Patch {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
