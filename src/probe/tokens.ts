import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import type { TokenSpec } from '../scenario/token.ts'

/** Who issues a run's tokens unless a scenario says otherwise; `sub` is the same unless the claims say another. */
export const ISSUER = 'testing@meshproof.dev'
const STRANGER = 'stranger@meshproof.dev'
/** Envoy forgives 60 s of clock skew: what is too old or too new is so by far more. */
const FAR_S = 3_600
const ALGORITHM = 'ES256'

/** A token that the run mints itself: any but a service account's. */
export type MintedSpec = TokenSpec & { readonly kind: Exclude<TokenSpec['kind'], 'service-account'> }

/** Mints a run's JWTs. Its keys are made for the run, on first use, and never leave its memory but as public ones. */
export class Mint {
  #keys: Promise<Keys> | undefined
  readonly #named = new Map<string, Promise<string>>()

  /** The public keys, as the JSON of a JWKS. */
  async jwks(): Promise<string> {
    const { own } = await this.#ready()
    return JSON.stringify({ keys: [{ ...(await exportJWK(own.publicKey)), kid: own.kid, alg: ALGORITHM, use: 'sig' }] })
  }

  /** A token in compact form. One with a name is minted once, by the first who asks for it; any other each time. */
  async mint(spec: MintedSpec): Promise<string> {
    if (spec.unique === undefined) return this.#mint(spec)
    const minted = this.#named.get(spec.unique) ?? this.#mint(spec)
    this.#named.set(spec.unique, minted)
    return minted
  }

  async #mint(spec: MintedSpec): Promise<string> {
    if (spec.kind === 'malformed') return 'not-a-token'
    const { own, foreign } = await this.#ready()
    const claims = claimsOf(spec, Math.floor(Date.now() / 1_000))
    if (spec.kind === 'unsigned') return new UnsecuredJWT(claims).encode()
    const key = spec.kind === 'wrong-key' || spec.kind === 'unknown-key' ? foreign : own
    const kid = spec.kind === 'unknown-key' ? foreign.kid : own.kid
    return new SignJWT(claims).setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', kid }).sign(key.privateKey)
  }

  #ready(): Promise<Keys> {
    this.#keys ??= Promise.all([newKey(), newKey()]).then(([own, foreign]) => ({ own, foreign }))
    return this.#keys
  }
}

type Key = Awaited<ReturnType<typeof generateKeyPair>> & { readonly kid: string }

interface Keys {
  readonly own: Key
  /** Of nobody that the mesh knows. */
  readonly foreign: Key
}

async function newKey(): Promise<Key> {
  return { ...(await generateKeyPair(ALGORITHM)), kid: randomBytes(8).toString('hex') }
}

function claimsOf({ kind, issuer, audiences, livesMs = FAR_S * 1_000, claims }: MintedSpec, now: number): JWTPayload {
  const iss = issuer ?? (kind === 'wrong-issuer' ? STRANGER : ISSUER)
  const begins = kind === 'expired' ? now - 2 * FAR_S : kind === 'not-yet-valid' ? now + FAR_S : now
  return {
    iss,
    sub: iss,
    ...(audiences ? { aud: audiences.length === 1 ? audiences[0] : [...audiences] } : {}),
    iat: Math.min(begins, now),
    ...(kind === 'not-yet-valid' ? { nbf: begins } : {}),
    exp: kind === 'expired' ? now - FAR_S : begins + Math.ceil(livesMs / 1_000),
    ...claims,
  }
}
