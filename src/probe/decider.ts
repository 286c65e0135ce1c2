import type { Decider } from '../scenario/model.ts'
import type { JwtFault } from '../scenario/token.ts'
import type { LogLine } from './access-log.ts'

/** `rbac` and `networkRbac` are the metadata of the RBAC filters, where the access log has them. */
type Words = Pick<LogLine, 'details' | 'termination' | 'flags' | 'code'> & { readonly rbac?: unknown; readonly networkRbac?: unknown }

/**
 * Who decided, in the server proxy's own words; undefined when its line names nobody.
 * The texts are Envoy's response code details and connection termination details.
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/response_code_details
 */
export function readDecider(line: Words): Decider | undefined {
  if (line.details?.startsWith('ext_authz_denied')) return fromExtAuthz(line)
  for (const text of [line.details, line.termination]) {
    const by = text === null ? undefined : fromText(text)
    if (by) return by
  }
  return undefined
}

/**
 * What Envoy's JWT filter says, spaces as underscores.
 * @see https://github.com/google/jwt_verify_lib (Apache-2.0), src/status.cc
 */
const JWT_FAULTS: readonly (readonly [RegExp, JwtFault])[] = [
  [/^Jwt_is_missing/, 'missing'],
  [/^Jwt_is_expired/, 'expired'],
  [/^Jwt_not_yet_valid/, 'not-yet-valid'],
  [/^Jwt_issuer_is_not_configured/, 'issuer'],
  [/^Audiences_in_Jwt_are_not_allowed/, 'audience'],
  [/^Jwt_verification_fails/, 'signature'],
  [/^Jwks_doesn't_have_key_to_match/, 'key'],
  [/^Jwks_/, 'jwks'],
  [/^Jwt_(is_not_in_the_form|header|payload|signature)/, 'malformed'],
]

function fromText(text: string): Decider | undefined {
  if (text === 'via_upstream') return { kind: 'app' }
  if (text === 'filter_chain_not_found') return { kind: 'strict' }
  if (text === 'route_not_found') return { kind: 'no-route' }
  if (text.startsWith('rbac_access_denied_matched_policy[')) return fromRbac(text.slice(text.indexOf('[') + 1, text.lastIndexOf(']')))
  if (text.startsWith('jwt_authn_access_denied')) {
    const said = text.slice(text.indexOf('{') + 1)
    const fault = JWT_FAULTS.find(([pattern]) => pattern.test(said))?.[1]
    return fault && { kind: 'jwt', fault }
  }
  if (text.startsWith('ext_authz_error')) return { kind: 'ext-authz-error' }
  return undefined
}

/** Istio names an RBAC policy `ns[foo]-policy[tcp-policy]-rule[0]`; `none` means that no ALLOW policy matched. */
function fromRbac(id: string): Decider | undefined {
  if (id === 'none') return { kind: 'no-allow' }
  if (id.endsWith('deny-due-to-bad-CUSTOM-action') || id.startsWith('default-deny-all-due-to-bad-CUSTOM-action'))
    return { kind: 'bad-provider' }
  const match = /^(?:istio-ext-authz-(?:.*-)?)?ns\[(.+?)\]-policy\[(.+?)\]-rule\[\d+\]$/.exec(id)
  return match?.[1] && match[2] ? { kind: 'policy', namespace: match[1], name: match[2] } : undefined
}

/**
 * The authorizer's own answer names no provider, but the RBAC filter before it notes which CUSTOM policy asked for it:
 * `istio-ext-authz-PROVIDER-ns[foo]-policy[ask]-rule[0]` since Istio 1.30.
 */
function fromExtAuthz({ rbac, networkRbac }: Words): Decider | undefined {
  for (const metadata of [rbac, networkRbac]) {
    if (typeof metadata !== 'object' || metadata === null || !('istio_ext_authz_shadow_effective_policy_id' in metadata)) continue
    const provider = /^istio-ext-authz-(.+)-ns\[/.exec(String(metadata.istio_ext_authz_shadow_effective_policy_id))?.[1]
    if (provider !== undefined) return { kind: 'ext-authz', provider }
  }
  return undefined
}
