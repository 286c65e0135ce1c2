import { z } from 'zod'
import type { Path, SourceDocument } from './document.ts'
import { type Problem, problemAt } from './problem.ts'
import { nearestOf } from './suggest.ts'

type Fields<S extends z.ZodObject> = { readonly [K in keyof z.output<S>]?: z.output<S>[K] }
type Issue = z.core.$ZodIssue

interface Reading<S extends z.ZodObject> {
  /** Every field that is there and well formed. */
  readonly fields: Fields<S>
  readonly problems: readonly Problem[]
}

/**
 * Reads the map at `path` field by field, so that one broken field hides no other.
 * Unknown keys, missing keys and broken values are in `problems`, each at its own place.
 */
export function readFields<S extends z.ZodObject>(schema: S, document: SourceDocument, path: Path, value: unknown): Reading<S> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const next = `write a map with ${listOf(requiredKeys(schema))}`
    return {
      fields: {},
      problems: [problemAt(document.place(path), { code: 'wrong-type', message: `a map is needed, not ${nameOf(value)}`, next })],
    }
  }
  const known = Object.keys(schema.shape)
  const catchall = schema._zod.def.catchall
  const open = catchall !== undefined && catchall._zod.def.type !== 'never'
  const unknown = open ? [] : Object.keys(value).filter((key) => !known.includes(key))
  const meant = new Set<string>()
  const problems = unknown.map((key) => {
    const nearest = nearestOf(
      key,
      known.filter((candidate) => !(candidate in value)),
    )
    if (nearest) meant.add(nearest)
    const next = nearest ? `did you mean \`${nearest}\`?` : `known here: ${listOf(known)}`
    return problemAt(document.keyPlace([...path, key]), { code: 'unknown-key', message: `unknown key \`${key}\``, next })
  })

  const fields: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(schema.shape) as [string, z.ZodType][]) {
    const result = field.safeParse((value as Record<string, unknown>)[key])
    if (result.success) fields[key] = result.data
    // A key that is there under a slightly wrong name is one mistake, not two.
    else if (key in value || !meant.has(key)) {
      problems.push(
        ...result.error.issues.flatMap((issue) => issueProblems({ document, base: [...path, key], issue, keys: keysOf(field) })),
      )
    }
  }
  return { fields: fields as Fields<S>, problems }
}

interface IssueOfField {
  readonly document: SourceDocument
  /** Where the field stands; the issue's own path goes on from there. */
  readonly base: Path
  readonly issue: Issue
  /** The keys that the field's own map may have. */
  readonly keys: readonly string[]
}

function issueProblems({ document, base, issue, keys }: IssueOfField): Problem[] {
  const path = [...base, ...issue.path]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const nearest = nearestOf(key, keys)
        const next = nearest ? `did you mean \`${nearest}\`?` : `known here: ${listOf(keys)}`
        return problemAt(document.keyPlace([...path, key]), { code: 'unknown-key', message: `unknown key \`${key}\``, next })
      })
    case 'invalid_union': {
      // The member that got deepest, and then complains least, is the one that was meant.
      const [closest] = issue.errors.toSorted((a, b) => depthOf(b) - depthOf(a) || a.length - b.length)
      return (closest ?? []).flatMap((inner) => issueProblems({ document, base: path, issue: inner, keys }))
    }
    case 'invalid_type': {
      if (!document.has(path)) {
        return [problemAt(document.keyPlace(path), { code: 'missing-key', message: `the key \`${String(path.at(-1))}\` is missing` })]
      }
      const seen = nameOf(document.at(path))
      const next = issue.expected === 'string' && /number|boolean/.test(seen) ? 'put it in quotes' : undefined
      const message = `${nounOf(issue.expected)} is needed, not ${seen}`
      return [problemAt(document.place(path), { code: 'wrong-type', message, ...(next ? { next } : {}) })]
    }
    case 'invalid_value': {
      const seen = document.at(path)
      const values = issue.values.map(String)
      const nearest = typeof seen === 'string' ? nearestOf(seen, values) : undefined
      const next = nearest ? `did you mean \`${nearest}\`?` : `write one of ${listOf(values)}`
      return [problemAt(document.place(path), { code: 'wrong-value', message: `\`${String(seen)}\` is not known here`, next })]
    }
    case 'too_small':
      return [
        problemAt(document.place(path), {
          code: 'wrong-value',
          message: issue.origin === 'number' || issue.origin === 'int' ? `at least ${issue.minimum} is needed` : 'this is empty',
        }),
      ]
    case 'invalid_format':
      return [problemAt(document.place(path), { code: 'wrong-value', message: issue.format === 'url' ? 'not a URL' : issue.message })]
    default:
      return [problemAt(document.place(path), { code: 'wrong-value', message: issue.message })]
  }
}

function keysOf(schema: z.ZodType): string[] {
  if (schema instanceof z.ZodOptional) return keysOf(schema.unwrap() as z.ZodType)
  if (schema instanceof z.ZodUnion) return (schema.options as z.ZodType[]).flatMap(keysOf)
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
}

function depthOf(issues: readonly Issue[]): number {
  return Math.max(...issues.map((issue) => issue.path.length))
}

function requiredKeys(schema: z.ZodObject): string[] {
  return Object.entries(schema.shape as Record<string, z.ZodType>)
    .filter(([, field]) => !field.safeParse(undefined).success)
    .map(([key]) => key)
}

function listOf(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ')
}

function nounOf(type: string): string {
  const nouns: Record<string, string> = {
    object: 'a map',
    record: 'a map',
    array: 'a list',
    string: 'text',
    int: 'a whole number',
    boolean: '`true` or `false`',
  }
  return nouns[type] ?? `a ${type}`
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  return typeof value === 'string' ? 'text' : `a ${typeof value}`
}
