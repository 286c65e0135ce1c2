import type { Path, SourceDocument } from './document.ts'
import { readFields } from './fields.ts'
import { type Problem, problemAt } from './problem.ts'
import { type RawToken, tokenSchema } from './schema.ts'
import { suggest } from './suggest.ts'
import { TOKEN_KINDS, type TokenSpec } from './token.ts'

/** A scenario's named tokens. */
export type NamedTokens = ReadonlyMap<string, TokenSpec>

/** Reads `tokens` of a scenario; `scenario` is its id, which keeps the tokens of two scenarios apart. */
export function readTokens(document: SourceDocument, scenario: string): { tokens: NamedTokens; problems: readonly Problem[] } {
  const raw = document.at(['tokens'])
  const names = typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? Object.keys(raw) : []
  const readings = names.map((name) => {
    const path: Path = ['tokens', name]
    const { fields, problems } = readFields(tokenSchema, document, path, document.at(path))
    const spec: TokenSpec = { ...specOf(fields), name, unique: `${scenario}/${name}` }
    const taken = { code: 'token-name', message: `\`${name}\` is a kind of token`, next: 'give this token another name' }
    const isTaken = TOKEN_KINDS.some((kind) => kind === name)
    return {
      name,
      spec,
      problems: [...problems, ...misfits(document, path, spec), ...(isTaken ? [problemAt(document.keyPlace(path), taken)] : [])],
    }
  })
  return { tokens: new Map(readings.map(({ name, spec }) => [name, spec])), problems: readings.flatMap(({ problems }) => problems) }
}

interface TokenItem {
  readonly document: SourceDocument
  /** Of the `token`. */
  readonly path: Path
  readonly raw: string | RawToken | undefined
  readonly tokens: NamedTokens
}

/** What a request's `token` means: a kind, a scenario's own token by name, or a token written out. */
export function readToken({ document, path, raw, tokens }: TokenItem): { token?: TokenSpec; problems: readonly Problem[] } {
  if (raw === undefined) return { problems: [] }
  if (typeof raw !== 'string') return { token: specOf(raw), problems: misfits(document, path, specOf(raw)) }
  const kind = TOKEN_KINDS.find((candidate) => candidate === raw)
  const token = tokens.get(raw) ?? (kind && { kind })
  if (token) return { token, problems: [] }
  const known = [...tokens.keys(), ...TOKEN_KINDS]
  const next = suggest(raw, known) ?? `write one of ${known.join(', ')}, or name it under \`tokens\``
  return { problems: [problemAt(document.place(path), { code: 'unknown-token', message: `there is no token \`${raw}\``, next })] }
}

function specOf({ kind = 'valid', issuer, audiences, lives, claims }: RawToken): TokenSpec {
  return {
    kind,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audiences === undefined ? {} : { audiences: typeof audiences === 'string' ? [audiences] : audiences }),
    ...(lives === undefined ? {} : { livesMs: lives }),
    ...(claims === undefined ? {} : { claims }),
  }
}

/** What says something of a token that is not the run's to make. */
function misfits(document: SourceDocument, path: Path, { kind }: TokenSpec): Problem[] {
  if (kind !== 'service-account' && kind !== 'malformed') return []
  const who = kind === 'malformed' ? 'a malformed token is no JWT' : "a service account's token is the API server's to make"
  return (['issuer', 'audiences', 'lives', 'claims'] as const)
    .filter((key) => document.has([...path, key]))
    .map((key) =>
      problemAt(document.keyPlace([...path, key]), {
        code: 'token-misfit',
        message: `${who}: \`${key}\` means nothing`,
        next: `leave out \`${key}\``,
      }),
    )
}
