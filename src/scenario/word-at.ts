import type { Path, SourceDocument } from './document.ts'
import type { Word } from './problem.ts'

/** The text of a scalar as a word: without its quotes. `text` is what it reads as. */
export function wordAt(document: SourceDocument, path: Path, text: string): Word {
  const place = document.place(path)
  const offset = document.textOffset(path)
  const where = { ...place.where, column: place.where.column + offset }
  return { text, where, length: Math.max(1, place.length - 2 * offset), sourceLine: place.sourceLine }
}
