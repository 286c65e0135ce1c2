/** A place in a file; `line` and `column` start at 1, as editors count. */
export interface Where {
  readonly file: string
  readonly line: number
  readonly column: number
}

/**
 * The exit codes of every meshproof process.
 * Where several apply the order of precedence is 130, 2, 1, 3 (`worstExit`).
 */
export const EXIT = {
  conformant: 0,
  notConformant: 1,
  usage: 2,
  inconclusive: 3,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The code to end with when several things ended: interrupted, then usage, then not conformant, then inconclusive. */
export function worstExit(codes: readonly ExitCode[]): ExitCode {
  const order = [EXIT.interrupted, EXIT.usage, EXIT.notConformant, EXIT.inconclusive]
  return order.find((code) => codes.includes(code)) ?? EXIT.conformant
}

interface Facts {
  /** Stable and searchable, kebab-case: `engine-missing`, `exec-link-lost`, `not-propagated`. */
  readonly code: string
  /** One sentence: what went wrong. */
  readonly message: string
  readonly expected?: string | undefined
  readonly seen?: string | undefined
  readonly where?: Where | undefined
  /** What the reader can do about it, as a command where there is one. */
  readonly next?: string | undefined
  readonly cause?: unknown
  /** What the process ends with if nobody handles this; `inconclusive` unless said. */
  readonly exit?: ExitCode | undefined
}

/** The one error of the project: known faults print as text; anything else is our bug and prints its stack. */
export class MeshproofError extends Error {
  readonly code: string
  readonly expected: string | undefined
  readonly seen: string | undefined
  readonly where: Where | undefined
  readonly next: string | undefined
  readonly exit: ExitCode

  constructor(facts: Facts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'MeshproofError'
    this.code = facts.code
    this.expected = facts.expected
    this.seen = facts.seen
    this.where = facts.where
    this.next = facts.next
    this.exit = facts.exit ?? EXIT.inconclusive
  }
}

/** Text for people: message, place, expected, seen, the chain of causes, the next step. Pure; no colours. */
export function formatError(error: unknown): string {
  if (!(error instanceof MeshproofError)) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  const lines = [`${error.message} [${error.code}]`]
  if (error.where) lines.push(`  at ${error.where.file}:${error.where.line}:${error.where.column}`)
  if (error.expected) lines.push(`  expected: ${error.expected}`)
  if (error.seen) lines.push(`  seen:     ${error.seen}`)
  for (let cause = error.cause, depth = 0; cause !== undefined && depth < 5; depth += 1) {
    lines.push(`  because:  ${cause instanceof Error ? cause.message : String(cause)}`)
    cause = cause instanceof Error ? cause.cause : undefined
  }
  if (error.next) lines.push(`  next:     ${error.next}`)
  return lines.join('\n')
}
