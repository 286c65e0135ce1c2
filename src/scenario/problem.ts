import type { Where } from '../error.ts'

/** A stretch of one line of a file. */
export interface Place {
  readonly where: Where
  /** Characters from `where` on that are meant, at least 1; never past the end of the line. */
  readonly length: number
  /** The whole line, for the frame. */
  readonly sourceLine: string
}

/** One thing that is wrong with a scenario file. Errors keep the scenario from running, warnings do not. */
export interface Problem extends Place {
  readonly severity: 'error' | 'warning'
  /** Stable and searchable, kebab-case: `unknown-key`, `missing-decider`. */
  readonly code: string
  /** One sentence without a full stop: what is wrong. */
  readonly message: string
  /** What to write instead. */
  readonly next?: string
}

/** What a problem says, before it has a place. */
export type Complaint = Pick<Problem, 'code' | 'message'> & Partial<Pick<Problem, 'severity' | 'next'>>

/** Text with a place: a table's cell, a key, a value. */
export interface Word extends Place {
  readonly text: string
}

export function problemAt(place: Place, complaint: Complaint): Problem {
  const { where, length, sourceLine } = place
  return { severity: 'error', where, length, sourceLine, ...complaint }
}

/** The first occurrence of `part` in a word, as a word of its own; the whole word where it is not in it. */
export function partOfWord(word: Word, part: string): Word {
  const start = word.text.indexOf(part)
  if (part === '' || start < 0) return word
  return { text: part, where: { ...word.where, column: word.where.column + start }, length: part.length, sourceLine: word.sourceLine }
}

/** Without those that say the same of the same place: a row's source is in all its cells. */
export function distinctProblems(problems: readonly Problem[]): Problem[] {
  const keyOf = ({ message, where }: Problem) => `${where.file}:${where.line}:${where.column} ${message}`
  return [...new Map(problems.map((problem) => [keyOf(problem), problem])).values()]
}

/** Files in their order, then lines, then columns. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const files = [...new Set(problems.map((problem) => problem.where.file))]
  return problems.toSorted(
    (a, b) => files.indexOf(a.where.file) - files.indexOf(b.where.file) || a.where.line - b.where.line || a.where.column - b.where.column,
  )
}

/** Text for people: place, message, the source line, carets, what to write instead. Pure; no colours. */
export function formatProblem(problem: Problem): string {
  const { where, sourceLine, next } = problem
  const gutter = String(where.line)
  // Tabs stay tabs, so that the carets stand under what they mean in every terminal.
  const indent = sourceLine.slice(0, where.column - 1).replace(/[^\t]/g, ' ')
  const lines = [
    `${where.file}:${where.line}:${where.column} ${problem.severity}: ${problem.message} [${problem.code}]`,
    `  ${gutter} | ${sourceLine}`,
    `  ${' '.repeat(gutter.length)} | ${indent}${'^'.repeat(problem.length)}`,
  ]
  if (next) lines.push(`  ${' '.repeat(gutter.length)} = ${next}`)
  return lines.join('\n')
}
