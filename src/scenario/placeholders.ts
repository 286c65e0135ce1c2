/** What a run fills into the texts of manifests. */
export interface Placeholders {
  /** The run's public keys, as the JSON of a JWKS. */
  readonly jwks: string
  /** Who issues the run's tokens. */
  readonly issuer: string
  /** The ids of the run and the scenario: make an address new, so that nobody answers for it from a cache. */
  readonly run: string
}

export const PLACEHOLDER_NAMES: readonly (keyof Placeholders)[] = ['jwks', 'issuer', 'run']

/** A single word in double braces; whatever else stands in braces is not ours (templates, expressions). */
const PLACEHOLDER = /\{\{ *([A-Za-z][\w-]*) *\}\}/g

/** The placeholders in a text, known or not, as they stand there and by name. */
export function findPlaceholders(text: string): { readonly text: string; readonly name: string }[] {
  return [...text.matchAll(PLACEHOLDER)].map(([whole, name = '']) => ({ text: whole, name }))
}

/** A copy of a manifest, or of a part of it, with every known placeholder filled in. Pure. */
export function fillPlaceholders<T>(value: T, placeholders: Placeholders): T
export function fillPlaceholders(value: unknown, placeholders: Placeholders): unknown {
  if (typeof value === 'string') return fillText(value, placeholders)
  if (Array.isArray(value)) return value.map((item: unknown) => fillPlaceholders(item, placeholders))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillPlaceholders(item as unknown, placeholders)]))
}

function fillText(text: string, placeholders: Placeholders): string {
  return text.replace(PLACEHOLDER, (whole, name: string) => {
    const known = PLACEHOLDER_NAMES.find((candidate) => candidate === name)
    return known ? placeholders[known] : whole
  })
}
