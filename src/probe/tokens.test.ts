import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, type JSONWebKeySet, jwtVerify } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import { ISSUER, Mint, type MintedSpec } from './tokens.ts'

let mint: Mint
let keys: ReturnType<typeof createLocalJWKSet>
beforeAll(async () => {
  mint = new Mint()
  keys = createLocalJWKSet(JSON.parse(await mint.jwks()) as JSONWebKeySet)
})

/** What a strict reader of tokens says. */
async function verdict(spec: MintedSpec): Promise<string> {
  try {
    await jwtVerify(await mint.mint(spec), keys, { issuer: ISSUER, ...(spec.audiences ? { audience: 'one' } : {}), clockTolerance: 60 })
    return 'valid'
  } catch (error) {
    return error instanceof errors.JOSEError ? error.code : String(error)
  }
}

test.each<[MintedSpec, string]>([
  [{ kind: 'valid' }, 'valid'],
  [{ kind: 'valid', audiences: ['two', 'one'], claims: { groups: ['a'] } }, 'valid'],
  [{ kind: 'valid', audiences: ['two'] }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
  [{ kind: 'valid', issuer: 'else@where' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
  [{ kind: 'expired' }, 'ERR_JWT_EXPIRED'],
  [{ kind: 'not-yet-valid' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
  [{ kind: 'wrong-issuer' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
  [{ kind: 'wrong-key' }, 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
  [{ kind: 'unknown-key' }, 'ERR_JWKS_NO_MATCHING_KEY'],
  [{ kind: 'unsigned' }, 'ERR_JOSE_NOT_SUPPORTED'],
  [{ kind: 'malformed' }, 'ERR_JWS_INVALID'],
])('%o is %s', async (spec, expected) => {
  expect(await verdict(spec)).toBe(expected)
})

test('a fault is the only one: all but it is as in a valid token', async () => {
  const now = Date.now() / 1_000
  const expired = decodeJwt(await mint.mint({ kind: 'expired' }))
  expect(expired).toMatchObject({ iss: ISSUER, sub: ISSUER })
  expect(now - (expired.exp ?? 0)).toBeGreaterThan(600)
  expect(expired).not.toHaveProperty('nbf')
  const early = decodeJwt(await mint.mint({ kind: 'not-yet-valid' }))
  expect((early.nbf ?? 0) - now).toBeGreaterThan(600)
  expect(early.exp).toBeGreaterThan(early.nbf ?? Number.POSITIVE_INFINITY)
  const [right, wrong] = [
    decodeProtectedHeader(await mint.mint({ kind: 'valid' })),
    decodeProtectedHeader(await mint.mint({ kind: 'wrong-key' })),
  ]
  expect(wrong).toEqual(right)
})

test('claims and audiences are as asked for; a single audience is no list', async () => {
  const token = decodeJwt(await mint.mint({ kind: 'valid', audiences: ['one'], claims: { sub: 'me', scope: 'read' } }))
  expect(token).toMatchObject({ sub: 'me', scope: 'read', aud: 'one' })
  expect(decodeJwt(await mint.mint({ kind: 'valid', audiences: ['one', 'two'] })).aud).toEqual(['one', 'two'])
})

test('a token lives as long as it should', async () => {
  const { iat = 0, exp = 0 } = decodeJwt(await mint.mint({ kind: 'valid', livesMs: 5_000 }))
  expect(exp - iat).toBe(5)
})

test('a named token is minted once, each other name apart', async () => {
  const spec = { kind: 'valid', name: 'short', unique: 'a/short' } as const
  const [first, second, other] = [await mint.mint(spec), await mint.mint(spec), await mint.mint({ ...spec, unique: 'b/short' })]
  expect(second).toBe(first)
  expect(other).not.toBe(first)
})

test('the key set holds nothing private, and each run has its own', async () => {
  const [set, other] = [await mint.jwks(), await new Mint().jwks()]
  expect(JSON.parse(set).keys).toEqual([expect.not.objectContaining({ d: expect.anything() })])
  expect(other).not.toBe(set)
})
