import type { Cell, Decider, ObjectKey, Wire } from './model.ts'
import { formatToken } from './token.ts'

/** `tcp-policy.foo`, `no-allow`, `jwt(expired)`: the notation of the tables. */
export function formatDecider(by: Decider): string {
  switch (by.kind) {
    case 'policy':
      return `${by.name}.${by.namespace}`
    case 'jwt':
      return `jwt(${by.fault})`
    case 'ext-authz':
      return `ext-authz(${by.provider})`
    default:
      return by.kind
  }
}

/** `AuthorizationPolicy/tcp-policy.foo`, with the group where it is not Istio's: `Deployment.apps/x.foo`. */
export function formatKey(key: ObjectKey): string {
  const group = key.group === '' || key.group.endsWith('istio.io') ? '' : `.${key.group}`
  return `${key.kind}${group}/${key.name}.${key.namespace}`
}

/** The notation of a cell in a table: `403 mtls by deny-get.foo`. */
export function formatDeclared(declared: { outcome: string; wire?: Wire | undefined; by?: Decider | undefined }): string {
  return [declared.outcome, declared.wire, declared.by && `by ${formatDecider(declared.by)}`].filter(Boolean).join(' ')
}

/** Equal for cells that ask the same of the same, whatever they declare. */
export function identityOf({ from, to, question }: Pick<Cell, 'from' | 'to' | 'question'>): string {
  return JSON.stringify([from.text, to, question])
}

/** `sleep.foo → httpbin.foo:8000 GET /ip, token expired`: one cell in words. */
export function formatCell(cell: Pick<Cell, 'from' | 'to' | 'question'>): string {
  const { question } = cell
  const token = question.kind === 'http' && question.token ? `, token ${formatToken(question.token)}` : ''
  const asks = question.kind === 'http' ? `${question.method} ${question.path}${token}` : `tcp ${question.line}`
  return `${cell.from.text} → ${cell.to.text} ${asks}`
}
