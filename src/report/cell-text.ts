import type { Cause, Verdict } from '../run/result.ts'

interface CellWords {
  readonly verdict: Verdict
  /** In the notation of the tables. */
  readonly declared: string
  readonly observed?: string | undefined
  readonly cause?: Cause | undefined
}

interface Signs {
  readonly glyph: Readonly<Record<Verdict, string>>
  /** Between what was declared and what was seen. */
  readonly unequal: string
}

/** One cell as it stands in a truth table: `✓ 200 mtls`, `✗ 403 by deny.foo ≠ 200 mtls`, `? 200 mtls [flapping]`. */
export function cellText({ verdict, declared, observed, cause }: CellWords, { glyph, unequal }: Signs): string {
  const head = `${glyph[verdict]} ${declared}`
  if (verdict === 'pass') return head
  // Equal words and yet a failure: a missing text or a bound that passed; the cause tells which.
  if (verdict === 'inconclusive' || observed === undefined || observed === declared) return `${head} [${cause?.code ?? 'no cause given'}]`
  return `${head} ${unequal} ${observed}`
}
