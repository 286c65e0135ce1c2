import type { Path, SourceDocument } from './document.ts'
import type { Declared } from './model.ts'
import { type Problem, problemAt } from './problem.ts'

interface RawTexts {
  readonly document: SourceDocument
  /** Of the expect item. */
  readonly path: Path
  readonly sees: string | readonly string[] | undefined
  readonly lacks: string | readonly string[] | undefined
}

interface Reading {
  readonly texts: Pick<Declared, 'sees' | 'lacks'>
  readonly problems: readonly Problem[]
}

/** What an answer must and must not contain. No answer can do both with one text. */
export function readTexts({ document, path, sees: rawSees, lacks: rawLacks }: RawTexts): Reading {
  const [sees, lacks] = [listOf(rawSees), listOf(rawLacks)]
  const problems = lacks.flatMap((text, index) => {
    const holder = sees.find((seen) => seen.includes(text))
    if (holder === undefined) return []
    const at: Path = typeof rawLacks === 'string' ? [...path, 'lacks'] : [...path, 'lacks', index]
    const message = `no answer contains \`${holder}\` and lacks \`${text}\``
    return [problemAt(document.place(at), { code: 'contradiction', message, next: 'leave one of them out' })]
  })
  return { texts: { sees, ...(lacks.length === 0 ? {} : { lacks }) }, problems }
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return []
  return typeof value === 'string' ? [value] : value
}
