import { expect, test } from 'vitest'
import { formatDecider } from '../scenario/format.ts'
import { readDecider } from './decider.ts'

type Words = Parameters<typeof readDecider>[0]

function by(words: Partial<Words>): string | undefined {
  const decider = readDecider({ details: null, termination: null, flags: null, code: 0, ...words })
  return decider && formatDecider(decider)
}

// Lines as Envoy 1.39 wrote them under Istio 1.31, but for the names.
const asked = { istio_ext_authz_shadow_effective_policy_id: 'istio-ext-authz-mine-too-ns[foo]-policy[ask]-rule[0]' }

test('an external authorizer is named by the CUSTOM policy that asked it, over HTTP and over TCP', () => {
  expect(by({ details: 'ext_authz_denied', flags: 'UAEX', code: 403, rbac: asked })).toBe('ext-authz(mine-too)')
  expect(by({ details: 'ext_authz_denied', flags: 'UAEX', networkRbac: asked, rbac: null })).toBe('ext-authz(mine-too)')
})

test('an authorizer whose provider the log does not tell is nobody', () => {
  expect(by({ details: 'ext_authz_denied', code: 403 })).toBeUndefined()
  expect(by({ details: 'ext_authz_denied', code: 403, rbac: { istio_ext_authz_shadow_engine_result: 'allowed' } })).toBeUndefined()
})

test('a proxy that knows no route says so', () => {
  expect(by({ details: 'route_not_found', flags: 'NR', code: 404 })).toBe('no-route')
})

test('an authorizer that cannot be asked is no denial of its own', () => {
  expect(by({ details: 'ext_authz_error', flags: 'UAEX', code: 403, rbac: asked })).toBe('ext-authz-error')
})

test('a provider that the mesh does not know is none that decided', () => {
  const of = (id: string) => by({ details: `rbac_access_denied_matched_policy[${id}]`, code: 403 })
  expect(of('istio-ext-authz-mine-ns[foo]-policy[ask]-rule[0]-deny-due-to-bad-CUSTOM-action')).toBe('bad-provider')
  expect(of('default-deny-all-due-to-bad-CUSTOM-action')).toBe('bad-provider')
})

test.each([
  ['Jwt_is_missing', 'missing'],
  ['Jwt_is_expired', 'expired'],
  ['Jwt_not_yet_valid', 'not-yet-valid'],
  ['Jwt_issuer_is_not_configured', 'issuer'],
  ['Audiences_in_Jwt_are_not_allowed', 'audience'],
  ['Jwt_verification_fails', 'signature'],
  ["Jwks_doesn't_have_key_to_match_kid_or_alg_from_Jwt", 'key'],
  ['Jwks_remote_fetch_is_failed', 'jwks'],
  ['Jwt_is_not_in_the_form_of_Header.Payload.Signature_with_two_dots_and_3_sections', 'malformed'],
  ['Jwt_header_[alg]_is_not_supported', 'malformed'],
  ['Jwt_header_[kid]_field_is_not_a_string', 'malformed'],
  ['Jwt_signature_is_an_invalid_Base64url_encoded', 'malformed'],
])('%s is jwt(%s)', (said, fault) => {
  expect(by({ details: `jwt_authn_access_denied{${said}}`, code: 401 })).toBe(`jwt(${fault})`)
})

test('a fault of a token that has no name here is nobody', () => {
  expect(by({ details: 'jwt_authn_access_denied{Something_new}', code: 401 })).toBeUndefined()
})
