import type { Path, SourceDocument } from './document.ts'
import type { ServicePort } from './model.ts'
import { readService } from './names.ts'
import { type Problem, problemAt, type Word } from './problem.ts'
import { wordAt } from './word-at.ts'

/** What the server asks in turn, and where it is written. */
export interface Through {
  readonly services: readonly ServicePort[]
  readonly words: readonly Word[]
}

/** Reads `through`: one service or several. */
export function readThrough(
  document: SourceDocument,
  path: Path,
  raw: string | readonly string[] | undefined,
): { through: Through; problems: readonly Problem[] } {
  const services: ServicePort[] = []
  const words: Word[] = []
  const problems: Problem[] = []
  for (const [index, text] of [raw ?? []].flat().entries()) {
    const service = readService(text)
    const word = wordAt(document, typeof raw === 'string' ? path : [...path, index], text)
    if ('reason' in service)
      problems.push(problemAt(word, { code: 'bad-destination', message: service.reason, ...(service.next ? { next: service.next } : {}) }))
    else {
      services.push(service)
      words.push(word)
    }
  }
  return { through: { services, words }, problems }
}
