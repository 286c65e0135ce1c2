import type { Path, SourceDocument } from './document.ts'
import { readFields } from './fields.ts'
import type { Deletion, ObjectKey, Scaling } from './model.ts'
import { readObjectKey } from './names.ts'
import { type Problem, problemAt } from './problem.ts'
import { scaleSchema } from './schema.ts'
import { suggest } from './suggest.ts'

const SCALABLE = ['Deployment', 'StatefulSet'] as const
const WORKLOADS = [...SCALABLE, 'DaemonSet', 'Pod'] as const

/** Reads one item of a step's `scale`. */
export function readScaling(document: SourceDocument, path: Path): { scaling?: Scaling; problems: readonly Problem[] } {
  const { fields, problems } = readFields(scaleSchema, document, path, document.at(path))
  if (fields.workload === undefined || fields.replicas === undefined) return { problems }
  const at = [...path, 'workload']
  const read = readWorkload(document, at, { text: fields.workload, kinds: SCALABLE })
  if ('problem' in read) return { problems: [...problems, read.problem] }
  return { scaling: { key: read.key, replicas: fields.replicas, where: document.place(at).where }, problems }
}

/** Reads one item of a step's `waits`. */
export function readWait(document: SourceDocument, path: Path, text: string): { wait?: Deletion; problems: readonly Problem[] } {
  const read = readWorkload(document, path, { text, kinds: WORKLOADS })
  return 'problem' in read ? { problems: [read.problem] } : { wait: { key: read.key, where: document.place(path).where }, problems: [] }
}

function readWorkload(
  document: SourceDocument,
  path: Path,
  { text, kinds }: { text: string; kinds: readonly string[] },
): { readonly key: ObjectKey } | { readonly problem: Problem } {
  const place = document.place(path)
  const named = readObjectKey(text)
  if ('reason' in named) {
    return { problem: problemAt(place, { code: 'bad-object-key', message: named.reason, next: 'write `Deployment/name.namespace`' }) }
  }
  const { kind, name, namespace } = named
  if (kinds.includes(kind)) return { key: { group: kind === 'Pod' ? '' : 'apps', kind, name, namespace } }
  const next = suggest(kind, kinds) ?? `known here: ${kinds.join(', ')}`
  return { problem: problemAt(place, { code: 'bad-workload', message: `a ${kind} is not a workload that can be named here`, next }) }
}
