/**
 * What is wrong with a token; nothing with a `valid` one. `wrong-key` is signed by another key under the name of the right one,
 * `unknown-key` by a key that nobody knows; `unsigned` says that it has no signature; `malformed` is no JWT at all.
 * `service-account` is the source pod's own, for the API server.
 */
export const TOKEN_KINDS = [
  'valid',
  'expired',
  'not-yet-valid',
  'wrong-issuer',
  'wrong-key',
  'unknown-key',
  'unsigned',
  'malformed',
  'service-account',
] as const

/** A bearer token that the run mints. */
export interface TokenSpec {
  readonly kind: (typeof TOKEN_KINDS)[number]
  /** Who issued it; the run's own issuer unless said, `{{issuer}}` in manifests. */
  readonly issuer?: string
  readonly audiences?: readonly string[]
  /** From when it is minted, milliseconds; an hour unless said. */
  readonly livesMs?: number
  /** Other claims; `sub` is the issuer unless it is here. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** As the scenario calls it: such a token is minted once, by the first question that needs it. */
  readonly name?: string
  /** Its name in the whole run, `jwt-gateway/short`. */
  readonly unique?: string
}

/** `short`, `expired`, `valid {"audiences":["a"]}`: a token in words. */
export function formatToken({ kind, name, unique: _, ...rest }: TokenSpec): string {
  if (name !== undefined) return name
  return Object.keys(rest).length === 0 ? kind : `${kind} ${JSON.stringify(rest)}`
}

/**
 * What is wrong with a token in the eyes of who reads it. `key`: the set has no key of the token's name; `jwks`: there is no key set
 * to look into.
 */
export const JWT_FAULTS = ['missing', 'malformed', 'expired', 'not-yet-valid', 'issuer', 'audience', 'signature', 'key', 'jwks'] as const
export type JwtFault = (typeof JWT_FAULTS)[number]
