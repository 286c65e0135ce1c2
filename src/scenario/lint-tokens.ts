import type { Path, SourceDocument } from './document.ts'
import type { Draft } from './draft.ts'
import { findPlaceholders, PLACEHOLDER_NAMES } from './placeholders.ts'
import { type Problem, partOfWord, problemAt } from './problem.ts'
import { suggest } from './suggest.ts'

/** Named tokens that nothing sends, and placeholders in manifests that no run fills in. */
export function lintTokens(draft: Draft): Problem[] {
  return [...lintUse(draft), ...draft.steps.flatMap(({ path }) => lintPlaceholders(draft.document, [...path, 'apply']))]
}

function lintUse({ document, steps }: Draft): Problem[] {
  // What could not be read may be what sends them.
  if (steps.some(({ broken }) => broken.cells)) return []
  const tokens = document.at(['tokens'])
  const names = typeof tokens === 'object' && tokens !== null ? Object.keys(tokens) : []
  const sent = steps.flatMap(({ step }) => step.cells.flatMap(({ question }) => (question.kind === 'http' && question.token?.name) || []))
  return names
    .filter((name) => !sent.includes(name))
    .map((name) =>
      problemAt(document.keyPlace(['tokens', name]), {
        severity: 'warning',
        code: 'unused',
        message: `no cell sends the token \`${name}\``,
        next: 'leave it out',
      }),
    )
}

function lintPlaceholders(document: SourceDocument, path: Path): Problem[] {
  const value = document.at(path)
  if (typeof value === 'string') return placeholderProblems(document, path, value)
  if (typeof value !== 'object' || value === null) return []
  return Object.keys(value).flatMap((key) => lintPlaceholders(document, [...path, Array.isArray(value) ? Number(key) : key]))
}

function placeholderProblems(document: SourceDocument, path: Path, value: string): Problem[] {
  return findPlaceholders(value)
    .filter(({ name }) => !PLACEHOLDER_NAMES.some((known) => known === name))
    .map(({ text, name }) => {
      const place = document.place(path)
      const word = { ...place, text: place.sourceLine.slice(place.where.column - 1, place.where.column - 1 + place.length) }
      const next = suggest(name, PLACEHOLDER_NAMES) ?? `known: ${PLACEHOLDER_NAMES.map((known) => `{{${known}}}`).join(', ')}`
      return problemAt(partOfWord(word, text), { code: 'unknown-placeholder', message: `nothing is filled in for \`${text}\``, next })
    })
}
