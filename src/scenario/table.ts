import type { Path, SourceDocument } from './document.ts'
import { type Place, type Problem, problemAt, type Word } from './problem.ts'

/** A truth table's words, each with its place; what they mean is read later. */
export interface Table {
  readonly destinations: readonly Word[]
  readonly rows: readonly Row[]
  readonly problems: readonly Problem[]
}

interface Row {
  readonly source: Word
  /** In the destinations' order; undefined where the table leaves the cell out with `-`. */
  readonly cells: readonly (Word | undefined)[]
}

/** Reads the truth table in the literal block at `path`. What is broken is left out and is in `problems`. */
export function readTable(document: SourceDocument, path: Path): Table {
  const lines = document.block(path)
  const [header, ...rows] = lines?.map(({ line, text }) => splitColumns(document, line, text)).filter((words) => words.length > 0) ?? []
  const [corner, ...destinations] = header ?? []
  if (!lines || !corner)
    return broken(document.keyPlace(path), 'a table is a literal block', 'write `table: |` and the table below it, indented')
  if (corner.text !== 'from')
    return broken(corner, 'the header of a table starts with `from`', 'write `from  <destination>  <destination>`')
  if (destinations.length === 0) return broken(corner, 'the header names no destination', 'two or more spaces part the columns')
  if (rows.length === 0) return broken(corner, 'the table has no row')

  const read: Row[] = []
  const problems: Problem[] = []
  for (const [source, ...cells] of rows) {
    if (!source) continue
    if (cells.length === destinations.length) {
      read.push({ source, cells: cells.map((cell) => (cell.text === '-' ? undefined : cell)) })
      continue
    }
    const message = `${count(cells.length, 'cell')} for ${count(destinations.length, 'destination')}`
    const next = 'two or more spaces part the columns; `-` leaves a cell out'
    problems.push(problemAt(cells.at(destinations.length) ?? source, { code: 'row-length', message, next }))
  }
  return { destinations, rows: read, problems: problems.length > 0 ? problems : findEmpty(destinations, read) }
}

/** What only `-` stands in was forgotten, or is in the way. */
function findEmpty(destinations: readonly Word[], rows: readonly Row[]): Problem[] {
  const columns = destinations.filter((_, index) => rows.every(({ cells }) => cells[index] === undefined))
  const sources = rows.filter(({ cells }) => cells.every((cell) => cell === undefined)).map(({ source }) => source)
  // A table of nothing but `-` is the step's problem, which has no cell then.
  if (sources.length === rows.length) return []
  return [...columns, ...sources].map((word) =>
    problemAt(word, { code: 'empty-line', message: `\`${word.text}\` has no cell in this table`, next: 'leave it out' }),
  )
}

function splitColumns(document: SourceDocument, line: number, text: string): Word[] {
  // One space may stand inside a cell; a tab counts as a gap, since nobody sees that it is one character.
  return [...text.matchAll(/[^\s]+(?: [^\s]+)*/g)].map((match) => ({
    text: match[0],
    ...document.placeInLine(line, match.index, match.index + match[0].length),
  }))
}

function broken(place: Place, message: string, next?: string): Table {
  return { destinations: [], rows: [], problems: [problemAt(place, { code: 'bad-table', message, ...(next ? { next } : {}) })] }
}

function count(number: number, noun: string): string {
  return `${number === 0 ? 'no' : number} ${noun}${number === 1 ? '' : 's'}`
}
