import { readDeclared } from './declared.ts'
import type { Path, SourceDocument } from './document.ts'
import { readFields } from './fields.ts'
import type { Bounds, Cell, Declared, Gate, Question } from './model.ts'
import { type Beyond, type PolicyName, readDestination, readSource } from './names.ts'
import { type Problem, problemAt, type Word } from './problem.ts'
import { readBounds } from './read-bounds.ts'
import { readGates } from './read-gates.ts'
import { readTexts } from './read-texts.ts'
import { readThrough, type Through } from './read-through.ts'
import { type NamedTokens, readToken } from './read-token.ts'
import { readWatch } from './read-watch.ts'
import { expectSchemas, type RawBounds, type RawToken } from './schema.ts'
import { readTable } from './table.ts'
import type { TokenSpec } from './token.ts'
import { wordAt } from './word-at.ts'

/** A cell with the words it was read from, for the checks that follow. Its id comes with its step. */
export interface DraftCell {
  readonly cell: Omit<Cell, 'id'>
  /** Of the item that it stands in. */
  readonly item: Path
  readonly source: Word
  readonly destination: Word
  readonly declaration: Word
  /** The `enforced within` of a single-line probe. */
  readonly within?: Word
  /** Of the cell's `through`, in its order. */
  readonly through: readonly Word[]
  /** What a watched cell turns to. */
  readonly turn?: Word
}

export interface ExpectItem {
  readonly document: SourceDocument
  readonly path: Path
  readonly step: number
  readonly bounds: Bounds
  /** The step's. */
  readonly gates: readonly Gate[]
  readonly policies: readonly PolicyName[]
  readonly tokens: NamedTokens
}

interface Reading {
  readonly cells: readonly DraftCell[]
  readonly problems: readonly Problem[]
}

/** What every cell of one item shares. */
interface Shared {
  readonly item: ExpectItem
  readonly question: Question
  readonly beyond: Beyond
  readonly through: Through
  readonly texts: Pick<Declared, 'sees' | 'lacks'>
  readonly bounds: Bounds
  readonly gates: readonly Gate[]
}

/** Reads one item of a step's `expect`, in the form that its keys show. */
export function readExpect(item: ExpectItem): Reading {
  const { document, path } = item
  const value = document.at(path)
  const has = (key: string) => document.has([...path, key])
  const single = !has('table') && ['from', 'to', 'is'].some(has)

  if (has('tcp') && !has('http')) {
    const schema = single ? expectSchemas.tcpLine : expectSchemas.tcpTable
    const { fields, problems } = readFields(schema, document, path, value)
    const question: Question = { kind: 'tcp', line: fields.tcp ?? standIn(path) }
    const shared = {
      item,
      question,
      beyond: { host: undefined, behind: undefined },
      through: { services: [], words: [] },
      texts: { sees: [] },
      bounds: readBounds(fields.bounds, item.bounds),
      gates: readGates({ document, path, raw: fields.when, inherited: item.gates }),
    }
    return join(problems, single ? readLine(shared, fields) : readCells(shared))
  }
  const schema = single ? expectSchemas.httpLine : expectSchemas.httpTable
  const { fields, problems } = readFields(schema, document, path, value)
  // Without a protocol nobody knows what the cells may say.
  if (!has('http')) return { cells: [], problems }
  const { token, problems: tokenProblems } = readBearer(item, fields)
  const readable = (['http', 'headers', 'body', 'token'] as const).every((key) => !has(key) || fields[key] !== undefined)
  const question = readRequest(
    readable && fields.http && tokenProblems.length === 0 ? { ...fields, http: fields.http, token } : { http: `GET /${standIn(path)}` },
  )
  const { texts, problems: textProblems } = readTexts({ document, path, sees: fields.sees, lacks: fields.lacks })
  const beyond = { host: fields.host, behind: fields.behind }
  const { through, problems: throughProblems } = readThrough(document, [...path, 'through'], fields.through)
  const gates = readGates({ document, path, raw: fields.when, inherited: item.gates })
  const shared = { item, question, beyond, through, texts, bounds: readBounds(fields.bounds, item.bounds), gates }
  return join([...problems, ...tokenProblems, ...textProblems, ...throughProblems], single ? readLine(shared, fields) : readCells(shared))
}

/** The token, which is the only credential of its request. */
function readBearer(
  { document, path, tokens }: ExpectItem,
  { token: raw, headers = {} }: Pick<RawRequest, 'headers'> & { token?: string | RawToken | undefined },
) {
  const { token, problems } = readToken({ document, path: [...path, 'token'], raw, tokens })
  const twin = raw === undefined ? undefined : Object.keys(headers).find((name) => name.toLowerCase() === 'authorization')
  if (twin === undefined) return { token, problems }
  const message = 'a token goes along as this header, which is written here too'
  const second = problemAt(document.keyPlace([...path, 'headers', twin]), { code: 'second-token', message, next: 'leave one of them out' })
  return { token, problems: [...problems, second] }
}

/** Stands where a question could not be read, so that its cells are still checked; no two questions are taken for equal. */
function standIn(path: Path): string {
  return path.join('-')
}

interface RawRequest {
  readonly http: string
  readonly headers?: Record<string, string> | undefined
  readonly body?: string | undefined
  readonly token?: TokenSpec | undefined
}

function readRequest({ http, headers = {}, body, token }: RawRequest): Question {
  const [method = '', path = ''] = http.split(' ')
  return {
    kind: 'http',
    method,
    path,
    headers,
    ...(body === undefined ? {} : { body }),
    ...(token === undefined ? {} : { token }),
  }
}

function readCells(shared: Shared): Reading {
  const { document, path } = shared.item
  if (!document.has([...path, 'table'])) return { cells: [], problems: [] }
  const table = readTable(document, [...path, 'table'])
  const rows = table.rows.flatMap(({ source, cells }) =>
    cells.map((declaration, index) => ({ source, declaration, destination: table.destinations[index] })),
  )
  const readings = rows.map(({ source, destination, declaration }) =>
    destination && declaration ? readCell(shared, { source, destination, declaration }) : { cells: [], problems: [] },
  )
  return {
    cells: readings.flatMap((reading) => reading.cells),
    problems: [...table.problems, ...readings.flatMap((reading) => reading.problems)],
  }
}

/** What an item in either form may hold besides its question; the table's is read from the file. */
interface RawItem {
  readonly bounds?: RawBounds | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly is?: string | undefined
  readonly 'enforced within'?: number | undefined
  readonly over?: number | undefined
  readonly every?: number | undefined
  readonly turns?: { readonly to: string; readonly between: readonly [number, number] } | undefined
}

function readLine(shared: Shared, item: RawItem): Reading {
  const { from, to, is, 'enforced within': withinMs } = item
  if (from === undefined || to === undefined || is === undefined) return { cells: [], problems: [] }
  const { document, path } = shared.item
  const word = (key: string, text: string) => wordAt(document, [...path, key], text)
  const words = { source: word('from', from), destination: word('to', to), declaration: word('is', is) }
  const read = readCell(shared, words)
  const { policies } = shared.item
  const watching = readWatch({ document, path, raw: item, protocol: shared.question.kind, policies, bounds: shared.bounds })
  const problems = [...read.problems, ...watching.problems]
  const cells = read.cells.map((draft) => ({
    ...draft,
    cell: { ...draft.cell, ...(watching.watch ? { watch: watching.watch } : {}) },
    ...(watching.turn ? { turn: watching.turn } : {}),
  }))
  if (withinMs === undefined) return { cells, problems }
  const within = word('enforced within', `${withinMs} ms`)
  return { cells: cells.map((draft) => ({ ...draft, cell: { ...draft.cell, enforcedWithinMs: withinMs }, within })), problems }
}

function readCell(shared: Shared, words: { source: Word; destination: Word; declaration: Word }): Reading {
  const { item, question, beyond, through, texts, bounds, gates } = shared
  const problems: Problem[] = []
  const from = readSource(words.source.text)
  if ('reason' in from) problems.push(complain(words.source, 'bad-source', from))
  const to = readDestination(words.destination.text, beyond)
  if ('reason' in to) problems.push(complain(words.destination, 'bad-destination', to))
  else if (to.kind !== 'gateway') problems.push(...complainBeyond(shared))
  const declared = readDeclared({ text: words.declaration.text, protocol: question.kind, policies: item.policies })
  if ('reason' in declared) {
    const { where, sourceLine } = words.declaration
    const place = { where: { ...where, column: where.column + declared.start }, length: declared.end - declared.start, sourceLine }
    problems.push(complain(place, declared.code, declared))
  }
  if ('reason' in from || 'reason' in to || 'reason' in declared) return { cells: [], problems }
  const full: Declared = { ...declared, ...texts }
  const source = from.kind === 'port-forward' && 'app' in to ? { ...from, app: to.app, namespace: to.namespace } : from
  const when = gates.length === 0 ? {} : { when: gates }
  const cell = {
    step: item.step,
    from: source,
    to,
    question,
    declared: full,
    ...(through.services.length > 0 ? { through: through.services } : {}),
    ...when,
    bounds,
    where: words.declaration.where,
  }
  return { cells: [{ cell, item: item.path, through: through.words, ...words }], problems }
}

function complainBeyond({ item: { document, path }, beyond }: Shared): Problem[] {
  const stray = (['host', 'behind'] as const).filter((key) => beyond[key] !== undefined)
  return stray.map((key) => {
    const reason = key === 'host' ? 'only a gateway is asked for another host' : 'only behind a gateway somebody else answers'
    return complain(document.keyPlace([...path, key]), `misplaced-${key}`, { reason, next: `leave out \`${key}\`` })
  })
}

function complain(place: Omit<Word, 'text'>, code: string, { reason, next }: { reason: string; next?: string | undefined }): Problem {
  return problemAt(place, { code, message: reason, ...(next ? { next } : {}) })
}

function join(problems: readonly Problem[], reading: Reading): Reading {
  return { cells: reading.cells, problems: [...problems, ...reading.problems] }
}
