import { formatKey } from '../scenario/format.ts'
import type { Manifest, ObjectKey } from '../scenario/model.ts'
import { apiError, statusOf } from './api-status.ts'
import { type AnyObject, type ApplyOutcome, type Cluster, RUN_LABEL } from './cluster.ts'
import { persist } from './persist.ts'
import { type ApiAnswer, request } from './request.ts'
import { findResource, groupVersion, pathOf } from './resource.ts'

interface ApplyOptions {
  /** Labels the object as this run's. */
  readonly runId?: string | undefined
  readonly signal: AbortSignal
}

/**
 * Server-side apply as field manager `meshproof`, forced.
 * Unknown fields are refused, never dropped: a misspelt field would prove nothing.
 * @throws MeshproofError `api-unreachable`, `api-timeout`, `webhook-unreachable`, `api-forbidden`, `api-error`, `kind-unknown`:
 * the change may or may not have arrived, and nothing was refused.
 */
export async function apply(cluster: Cluster, manifest: Manifest, { runId, signal }: ApplyOptions): Promise<ApplyOutcome> {
  const { group, version } = groupVersion(manifest.apiVersion)
  const { name, namespace } = manifest.metadata
  const key: ObjectKey = { group, kind: manifest.kind, name, namespace }
  const resource = await findResource(cluster, { group, kind: manifest.kind, version }, signal)
  const path = `${pathOf(resource, key)}?fieldManager=meshproof&force=true&fieldValidation=Strict`
  const body = runId === undefined ? manifest : labelled(manifest, runId)
  const contentType = 'application/apply-patch+yaml'

  return persist(signal, async () => {
    const answer = await request(cluster, { method: 'PATCH', path, body, contentType, signal })
    if (answer.status === 200 || answer.status === 201) {
      const resourceVersion = (answer.body as AnyObject).metadata.resourceVersion ?? ''
      return { kind: 'applied', applied: { key, resourceVersion, warnings: answer.warnings, at: answer.at } } as const
    }
    if (isRefusal(answer)) return { kind: 'refused', message: statusOf(answer).message } as const
    throw apiError(`apply ${formatKey(key)}`, answer)
  })
}

/**
 * An admission webhook's or policy's no, or the schema's.
 * An unknown field comes as 500 "field not declared in schema" from server-side apply, whatever the field validation.
 */
function isRefusal(answer: ApiAnswer): boolean {
  const { code, message } = statusOf(answer)
  if (code === 422) return true
  if (code === 500) return message.startsWith('failed to create typed patch object')
  if (code === 400 || code === 403) return /denied (the )?request/.test(message) || isDecodingFault(code, message)
  return false
}

function isDecodingFault(code: number, message: string): boolean {
  return code === 400 && /strict decoding error|cannot be handled as|failed to create typed patch object|unable to decode/.test(message)
}

function labelled(manifest: Manifest, runId: string): Manifest {
  const labels = (manifest.metadata['labels'] ?? {}) as Readonly<Record<string, string>>
  return { ...manifest, metadata: { ...manifest.metadata, labels: { ...labels, [RUN_LABEL]: runId } } }
}
