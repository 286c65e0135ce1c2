import type { Where } from '../error.ts'
import type { Cause, Verdict } from '../run/result.ts'
import { causeVerdict } from './checks.ts'
import { plural } from './duration.ts'
import type { CellRecord, RunRecord } from './record-schema.ts'
import { formatCause } from './sentence.ts'

/**
 * What is red as workflow commands, which GitHub shows on the scenario's lines: one command a line of a file, failures first.
 * GitHub shows ten of a step and drops the others without a word, so the tenth counts what is left. Pure.
 * See https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 * @param pathOf makes a file's path relative to the repository's root.
 */
export function annotations(record: RunRecord, pathOf: (file: string) => string): string[] {
  const lines = byPlace(failuresFirst(notesOf(record))).map((notes) => command(notes, pathOf))
  if (lines.length <= SHOWN) return lines
  const left = lines.length - SHOWN + 1
  return [
    ...lines.slice(0, SHOWN - 1),
    `::error title=meshproof::${escapeData(`${plural(left, 'further line')} with red cells; see the summary`)}`,
  ]
}

const SHOWN = 10
const TITLES = { fail: 'not conformant', inconclusive: 'inconclusive' } as const

interface Note {
  readonly verdict: Exclude<Verdict, 'pass'>
  readonly where?: Where | undefined
  readonly text: string
}

function notesOf(record: RunRecord): Note[] {
  const { scenarios } = record
  return [
    ...causeNotes(record, scenarios),
    ...neverAsked(scenarios.flatMap((one) => one.steps.flatMap((step) => step.cells))),
    ...scenarios.flatMap((scenario) => [
      ...causeNotes(scenario, scenario.steps),
      ...scenario.steps.flatMap((step) => [...causeNotes(step, step.cells), ...step.cells.flatMap(cellNotes)]),
    ]),
  ]
}

interface Whole {
  readonly verdict: Verdict
  readonly causes: readonly Cause[]
  readonly where?: Where
}

function causeNotes(whole: Whole, parts: readonly { readonly verdict: Verdict }[]): Note[] {
  return whole.causes.map((cause) => ({ verdict: causeVerdict(whole.verdict, parts), where: whole.where, text: formatCause(cause) }))
}

function cellNotes({ verdict, cause, where, account }: CellRecord): Note[] {
  return verdict === 'pass' || cause?.code === 'not-asked' ? [] : [{ verdict, where, text: account }]
}

/** A run that broke off leaves hundreds of cells with one reason; that is one thing to say. */
function neverAsked(cells: readonly CellRecord[]): Note[] {
  const reasons = cells.flatMap((cell) => (cell.cause?.code === 'not-asked' ? [cell.cause.message] : []))
  return [...new Set(reasons)].map((reason) => {
    const count = reasons.filter((one) => one === reason).length
    return { verdict: 'inconclusive', text: `${plural(count, 'cell')} never asked: ${reason}` }
  })
}

function failuresFirst(notes: readonly Note[]): Note[] {
  return [...notes.filter((note) => note.verdict === 'fail'), ...notes.filter((note) => note.verdict === 'inconclusive')]
}

/** The notes of each line of a file, in the order of their first; those without a place stay alone. */
function byPlace(notes: readonly Note[]): Note[][] {
  const places = new Map<string, Note[]>()
  for (const [index, note] of notes.entries()) {
    const place = note.where ? `${note.where.file}:${note.where.line}` : String(index)
    places.set(place, [...(places.get(place) ?? []), note])
  }
  return [...places.values()]
}

function command(notes: readonly Note[], pathOf: (file: string) => string): string {
  const [first] = notes
  const where = first?.where
  const title = `meshproof: ${TITLES[first?.verdict ?? 'inconclusive']}`
  const place = where ? { file: pathOf(where.file), line: where.line, ...(notes.length === 1 ? { col: where.column } : {}) } : {}
  const pairs = Object.entries({ ...place, title }).map(([key, value]) => `${key}=${escapeProperty(String(value))}`)
  return `::error ${pairs.join(',')}::${escapeData(notes.map((note) => note.text).join('\n'))}`
}

function escapeProperty(text: string): string {
  return escapeData(text).replace(/:/g, '%3A').replace(/,/g, '%2C')
}

function escapeData(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A')
}
