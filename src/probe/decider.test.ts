import { expect, test } from 'vitest'
import { formatDecider } from '../scenario/model.ts'
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

test('an authorizer that cannot be asked is no denial of its own', () => {
  expect(by({ details: 'ext_authz_error', flags: 'UAEX', code: 403, rbac: asked })).toBe('ext-authz-error')
})

test('a provider that the mesh does not know is none that decided', () => {
  const of = (id: string) => by({ details: `rbac_access_denied_matched_policy[${id}]`, code: 403 })
  expect(of('istio-ext-authz-mine-ns[foo]-policy[ask]-rule[0]-deny-due-to-bad-CUSTOM-action')).toBe('bad-provider')
  expect(of('default-deny-all-due-to-bad-CUSTOM-action')).toBe('bad-provider')
})
