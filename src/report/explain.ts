import { basename, resolve } from 'node:path'
import { EXIT, MeshproofError } from '../error.ts'
import { formatMs, plural } from './duration.ts'
import type { Look } from './look.ts'
import type { AttemptRecord, CellRecord, RunRecord } from './record-schema.ts'
import { attemptText } from './sentence.ts'

type ScenarioRecord = RunRecord['scenarios'][number]
type StepRecord = ScenarioRecord['steps'][number]

/** A cell of a record with what it is part of. */
export interface PlacedCell {
  readonly scenario: ScenarioRecord
  readonly step: StepRecord
  readonly cell: CellRecord
}

/**
 * The cells that `file.yaml:LINE` or `id:LINE` means: those of that line, or of the step that begins there.
 * Without a line, every cell of the scenario that is not a pass.
 * @throws MeshproofError (exit 2) `not-in-record`, `no-such-cell`.
 */
export function findCells(record: RunRecord, place: string): PlacedCell[] {
  const [, name = place, digits] = /^(.+):(\d+)$/.exec(place) ?? []
  const scenario = record.scenarios.find(
    ({ id, where }) => id === name || resolve(where.file) === resolve(name) || basename(where.file) === name,
  )
  if (!scenario) throw notInRecord(record, name)
  const placed = scenario.steps.flatMap((step) => step.cells.map((cell): PlacedCell => ({ scenario, step, cell })))
  if (digits === undefined) return placed.filter(({ cell }) => cell.verdict !== 'pass')
  const line = Number(digits)
  const ofStep = placed.filter(({ step }) => step.where.line === line)
  const found = ofStep.length > 0 ? ofStep : placed.filter(({ cell }) => cell.where.line === line)
  if (found.length === 0) throw noSuchCell(placed, scenario, line)
  return found
}

/** One cell as lines of text: its sentence, then where it belongs, the attempts in short, and the evidence of the one that tells most. */
export function explainLines({ scenario, step, cell }: PlacedCell, look: Look): string[] {
  const telling = cell.attempts.findLast(({ fate }) => fate.kind === 'counted') ?? cell.attempts.at(-1)
  const rows = [
    ['step', `${step.index + 1}. ${step.title} (${scenario.title})`],
    ...step.changes.map((change) => ['changed', `${change.action} ${change.object}`] as const),
    ...step.causes.map((cause) => ['trouble', `${cause.message} [${cause.code}]`] as const),
    ...attemptLines(step, cell.attempts).map((line) => ['asked', line] as const),
    ...(telling ? evidenceRows(cell, telling) : []),
  ]
  return [
    `${look.paint(cell.verdict, look.glyph[cell.verdict])} ${cell.account}`,
    ...rows.map(([label = '', text]) => `    ${look.dim(label.padEnd(10))} ${text}`),
  ]
}

/** One line for each stretch of equal answers: a cell that is watched over time has hundreds. */
function attemptLines({ changes }: StepRecord, attempts: readonly AttemptRecord[]): string[] {
  const stretches: { text: string; first: AttemptRecord; last: AttemptRecord }[] = []
  for (const attempt of attempts) {
    const text = answerText(attempt)
    const open = stretches.at(-1)
    if (open?.text === text) open.last = attempt
    else stretches.push({ text, first: attempt, last: attempt })
  }
  const since = `after ${changes.length > 0 ? 'the change' : 'the step began'}`
  return stretches.map(({ text, first, last }) => {
    if (first === last) return `#${first.n} ${formatMs(first.sinceChangeMs)} ${since}, ${text}`
    return `#${first.n} to #${last.n} ${formatMs(first.sinceChangeMs)} to ${formatMs(last.sinceChangeMs)} ${since}, ${text}`
  })
}

function answerText(attempt: AttemptRecord): string {
  const { fate } = attempt
  const reason = fate.kind === 'counted' ? '' : `: ${fate.kind === 'stale' ? fate.reason : fate.cause.message}`
  return `${attemptText(attempt)}${reason}`
}

/** What shows the answer for what it is, and how to ask the same again by hand. */
function evidenceRows(
  { from }: CellRecord,
  { command, wireEvidence, serverLog, clientLog, body }: AttemptRecord,
): (readonly [string, string])[] {
  const rows = [
    [
      'again',
      from.kind === 'port-forward'
        ? command
        : `kubectl exec -n ${from.namespace} deploy/${from.app}${from.container === undefined ? '' : ` -c ${from.container}`} -- ${command}`,
    ],
    ['wire', wireEvidence],
    ['server log', serverLog && logText(serverLog)],
    ['client log', clientLog && logText(clientLog)],
    ['body', body && JSON.stringify(body)],
  ] as const
  return rows.flatMap(([label, text]) => (text ? [[label, text] as const] : []))
}

/** A log line without the fields that it leaves empty. */
function logText(log: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(log).filter(([, value]) => value !== null)))
}

function notInRecord(record: RunRecord, name: string): MeshproofError {
  const ids = record.scenarios.map(({ id }) => id)
  return new MeshproofError({
    code: 'not-in-record',
    message: `the record of run ${record.id} holds no scenario ${name}`,
    expected: ids.length === 0 ? 'a record with scenarios' : `one of ${ids.join(', ')}`,
    next: `meshproof run ${name}`,
    exit: EXIT.usage,
  })
}

function noSuchCell(placed: readonly PlacedCell[], scenario: ScenarioRecord, line: number): MeshproofError {
  const lines = [...new Set(placed.flatMap(({ step, cell }) => [step.where.line, cell.where.line]))]
  const near = lines.sort((a, b) => Math.abs(a - line) - Math.abs(b - line)).slice(0, 3)
  return new MeshproofError({
    code: 'no-such-cell',
    message: `line ${line} of ${scenario.where.file} held no cell and began no step in this run, which knows ${plural(placed.length, 'cell')} of it`,
    next: near.length === 0 ? undefined : `try ${near.map((one) => `${scenario.id}:${one}`).join(', ')}`,
    exit: EXIT.usage,
  })
}
