import type { Decider, JwtFault } from '../scenario/model.ts'
import type { LogLine } from './access-log.ts'

/**
 * Who decided, in the server proxy's own words; undefined when its line names nobody.
 * The texts are Envoy's response code details and connection termination details.
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/response_code_details
 */
export function readDecider(line: Pick<LogLine, 'details' | 'termination' | 'flags' | 'code'>): Decider | undefined {
  for (const text of [line.details, line.termination]) {
    const by = text === null ? undefined : fromText(text)
    if (by) return by
  }
  return undefined
}

const JWT_FAULTS: readonly (readonly [RegExp, JwtFault])[] = [
  [/expired/i, 'expired'],
  [/not[_ ]yet[_ ]valid/i, 'not-yet-valid'],
  [/issuer/i, 'issuer'],
  [/audience/i, 'audience'],
  [/verification[_ ]fails|kid|signature/i, 'signature'],
  [/form|base64|json|section|parse|alg/i, 'malformed'],
]

function fromText(text: string): Decider | undefined {
  if (text === 'via_upstream') return { kind: 'app' }
  if (text === 'filter_chain_not_found') return { kind: 'strict' }
  if (text.startsWith('rbac_access_denied_matched_policy[')) return fromRbac(text.slice(text.indexOf('[') + 1, text.lastIndexOf(']')))
  if (text.startsWith('jwt_authn_access_denied')) {
    const fault = JWT_FAULTS.find(([pattern]) => pattern.test(text))?.[1]
    return fault && { kind: 'jwt', fault }
  }
  if (text.startsWith('ext_authz_error')) return { kind: 'ext-authz-error' }
  if (text.startsWith('ext_authz_denied')) return { kind: 'ext-authz', provider: '' }
  return undefined
}

/** Istio names an RBAC policy `ns[foo]-policy[tcp-policy]-rule[0]`; `none` means that no ALLOW policy matched. */
function fromRbac(id: string): Decider | undefined {
  if (id === 'none') return { kind: 'no-allow' }
  if (id.startsWith('default-deny-all-due-to-bad-CUSTOM-action')) return { kind: 'bad-provider' }
  const match = /^(?:istio-ext-authz-(?:.*-)?)?ns\[(.+?)\]-policy\[(.+?)\]-rule\[\d+\]$/.exec(id)
  return match?.[1] && match[2] ? { kind: 'policy', namespace: match[1], name: match[2] } : undefined
}
