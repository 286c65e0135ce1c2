import type { Path, SourceDocument } from './document.ts'
import { readFields } from './fields.ts'
import { formatKey } from './format.ts'
import type { Application, Bounds, Deletion, Gate, Manifest, MeshChange, Step } from './model.ts'
import { type PolicyName, readObjectKey } from './names.ts'
import { type Problem, problemAt } from './problem.ts'
import { readBounds } from './read-bounds.ts'
import { type DraftCell, readExpect } from './read-expect.ts'
import { readGates } from './read-gates.ts'
import { readLog } from './read-log.ts'
import type { NamedTokens } from './read-token.ts'
import { readScaling, readWait } from './read-workload.ts'
import { manifestSchema, stepSchema } from './schema.ts'
import { suggest } from './suggest.ts'

/** A step with what the checks need besides: its path, and its cells' words. */
export interface DraftStep {
  readonly path: Path
  readonly step: Step
  /** In the order of `step.cells`. */
  readonly cells: readonly DraftCell[]
  /** Indexes in the file's `apply` list, in the order of `step.applies`. */
  readonly applied: readonly number[]
  /** Indexes in the file's `delete` list, in the order of `step.deletes`. */
  readonly deleted: readonly number[]
  /** Indexes in the file's `scale` and `waits` lists, in the order of `step.scales` and `step.waits`. */
  readonly scaled: readonly number[]
  readonly waited: readonly number[]
  /** Indexes in the file's `logs` list, in the order of `step.logs`. */
  readonly logged: readonly number[]
  /** What could not be read whole; the checks do not guess about it. */
  readonly broken: { readonly cells: boolean; readonly changes: boolean }
}

export interface StepItem {
  readonly document: SourceDocument
  readonly index: number
  readonly bounds: Bounds
  /** The scenario's. */
  readonly gates: readonly Gate[]
  readonly policies: readonly PolicyName[]
  readonly tokens: NamedTokens
  /** What the steps before left in force. */
  readonly before: readonly Application[]
}

/** Reads one step; what is broken is left out and is in `problems`. */
export function readStep(item: StepItem): DraftStep & { readonly problems: readonly Problem[] } {
  const { document, index } = item
  const path = ['steps', index]
  const { fields, problems } = readFields(stepSchema, document, path, document.at(path))
  const bounds = readBounds(fields.bounds, item.bounds)
  const gates = readGates({ document, path, raw: fields.when, inherited: item.gates })

  const deletes = (fields.delete ?? []).map((text, at) => readDeletion(item, [...path, 'delete', at], text))
  const applies = (fields.apply ?? []).map((_, at) => readApplication(document, [...path, 'apply', at]))
  const expects = (fields.expect ?? []).map((_, at) =>
    readExpect({ document, path: [...path, 'expect', at], step: index, bounds, gates, policies: item.policies, tokens: item.tokens }),
  )
  const cells = expects.flatMap((reading) => reading.cells)
  const scales = (fields.scale ?? []).map((_, at) => readScaling(document, [...path, 'scale', at]))
  const waits = (fields.waits ?? []).map((text, at) => readWait(document, [...path, 'waits', at], text))
  const logs = (fields.logs ?? []).map((_, at) => readLog(document, [...path, 'logs', at]))
  const step: Step = {
    index,
    title: fields.step ?? '',
    ...(fields.mesh === undefined ? {} : { mesh: readMesh(document, [...path, 'mesh'], fields.mesh) }),
    deletes: deletes.flatMap(({ deletion }) => deletion ?? []),
    applies: applies.flatMap(({ application }) => application ?? []),
    warns: typeof fields.warns === 'string' ? [fields.warns] : (fields.warns ?? []),
    cells: cells.map(({ cell }, at) => ({ id: `s${index + 1}.c${at + 1}`, ...cell })),
    ...(scales.length === 0 ? {} : { scales: scales.flatMap(({ scaling }) => scaling ?? []) }),
    ...(waits.length === 0 ? {} : { waits: waits.flatMap(({ wait }) => wait ?? []) }),
    ...(logs.length === 0 ? {} : { logs: logs.flatMap(({ log }) => log ?? []) }),
    ...(gates.length === 0 ? {} : { when: gates }),
    bounds,
    where: document.keyPlace(path).where,
  }
  const applied = applies.flatMap(({ application }, at) => (application ? [at] : []))
  const deleted = deletes.flatMap(({ deletion }, at) => (deletion ? [at] : []))
  const isBroken = (key: 'apply' | 'delete' | 'expect' | 'mesh', readings: readonly { problems: readonly Problem[] }[]) =>
    (document.has([...path, key]) && fields[key] === undefined) || readings.some(({ problems }) => problems.length > 0)
  return {
    path,
    step,
    cells,
    applied,
    deleted,
    scaled: scales.flatMap(({ scaling }, at) => (scaling ? [at] : [])),
    waited: waits.flatMap(({ wait }, at) => (wait ? [at] : [])),
    logged: logs.flatMap(({ log }, at) => (log ? [at] : [])),
    broken: {
      cells: isBroken('expect', expects),
      changes: isBroken('apply', applies) || isBroken('delete', deletes) || isBroken('mesh', []),
    },
    problems: [...problems, ...[...deletes, ...applies, ...expects, ...scales, ...waits, ...logs].flatMap((reading) => reading.problems)],
  }
}

function readMesh(document: SourceDocument, path: Path, mesh: 'original' | Record<string, unknown>): MeshChange {
  const { where } = document.keyPlace(path)
  return mesh === 'original' ? { kind: 'original', where } : { kind: 'merge', values: mesh, yaml: document.yamlOf(path, []), where }
}

function readDeletion(item: StepItem, path: Path, text: string): { deletion?: Deletion; problems: readonly Problem[] } {
  const place = item.document.place(path)
  const named = readObjectKey(text)
  if ('reason' in named) {
    const { reason: message, next } = named
    return { problems: [problemAt(place, { code: 'bad-object-key', message, ...(next ? { next } : {}) })] }
  }
  const { group, kind, name, namespace } = named
  const [found, other] = item.before.filter(
    ({ key }) => key.kind === kind && key.name === name && key.namespace === namespace && (group === undefined || key.group === group),
  )
  if (found && !other) return { deletion: { key: found.key, where: place.where }, problems: [] }
  if (found) {
    return {
      problems: [
        problemAt(place, {
          code: 'bad-object-key',
          message: `\`${text}\` names objects of several groups`,
          next: 'write `Kind.group/name.namespace`',
        }),
      ],
    }
  }
  const next = suggest(
    text,
    item.before.map(({ key }) => formatKey(key)),
  )
  return {
    problems: [
      problemAt(place, {
        code: 'not-applied',
        message: `\`${text}\` is not there to delete: no step before applies it`,
        ...(next ? { next } : {}),
      }),
    ],
  }
}

function readApplication(document: SourceDocument, path: Path): { application?: Application; problems: readonly Problem[] } {
  const value = document.at(path)
  const { fields, problems } = readFields(manifestSchema, document, path, value)
  if (problems.length > 0 || typeof value !== 'object' || value === null) return { problems }
  const { redundant, refused, ...manifest } = value as Manifest & Pick<Application, 'redundant' | 'refused'>
  const [group = ''] = manifest.apiVersion.includes('/') ? manifest.apiVersion.split('/') : []
  const { name, namespace } = manifest.metadata
  const application: Application = {
    key: { group, kind: manifest.kind, name, namespace },
    manifest,
    ...(fields.redundant === undefined ? {} : { redundant: fields.redundant }),
    ...(fields.refused === undefined ? {} : { refused: fields.refused }),
    yaml: document.yamlOf(path, ['redundant', 'refused']),
    where: document.keyPlace(path).where,
  }
  return { application, problems }
}
