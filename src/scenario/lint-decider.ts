import { formatDecider } from './format.ts'
import type { Application, Decider, WorldNamespace } from './model.ts'
import { type Problem, partOfWord, problemAt } from './problem.ts'
import type { DraftCell } from './read-expect.ts'
import { suggest } from './suggest.ts'

interface DecidedCell {
  readonly cell: DraftCell
  /** Undefined where some of it could not be read. */
  readonly inForce: readonly Application[] | undefined
  readonly world: readonly WorldNamespace[]
}

/** Whether a cell says who decided where that must be said, and says nobody who cannot have. */
export function lintDecider({ cell: { cell, declaration }, inForce, world }: DecidedCell): Problem[] {
  const { outcome, by } = cell.declared
  const { to } = cell
  if (by === undefined) {
    const proxied = to.kind === 'gateway' || (to.kind !== 'url' && world.some(({ name, mesh }) => name === to.namespace && mesh))
    const example = EXAMPLES[outcome]
    if (!proxied || example === undefined) return []
    const message = `\`${outcome}\` from a server with a proxy does not say who decided`
    return [problemAt(declaration, { code: 'missing-decider', message, next: `add ${example}` })]
  }
  const place = partOfWord(declaration, `by ${declaration.text.split(' by ')[1]}`)
  if (outcome === 'echo' || /^2\d\d$/.test(outcome)) {
    const message = `who let a request pass cannot be observed: \`${outcome}\` takes no \`by\``
    return [
      problemAt(place, {
        code: 'unobservable-decider',
        message,
        next: `write \`${[outcome, cell.declared.wire].filter(Boolean).join(' ')}\``,
      }),
    ]
  }
  const misfit = misfitOf(by, outcome)
  if (misfit) return [problemAt(place, { code: 'decider-misfit', ...misfit })]
  const fault = inForce && faultOf(by, inForce)
  return fault ? [problemAt(place, fault)] : []
}

/** The refusals that need a decider, with what one looks like. */
const EXAMPLES: Readonly<Record<string, string>> = {
  401: '`by jwt(…)`',
  403: '`by` and the name of a DENY policy, or `by no-allow`',
  closed: '`by` and the name of a DENY policy, `by no-allow` or `by strict`',
  reset: '`by strict`',
  'tls-failed': '`by tls-mismatch`',
}

/** What a decider's refusals look like; who is not in here can answer anything. */
const REFUSALS: { readonly [K in Decider['kind']]?: readonly string[] } = {
  policy: ['403', 'closed'],
  'no-allow': ['403', 'closed'],
  'bad-provider': ['403', 'closed'],
  jwt: ['401', '403'],
  strict: ['503', 'reset', 'closed', 'tls-failed'],
  'no-route': ['404'],
  'tls-mismatch': ['503', 'reset', 'closed', 'tls-failed'],
}

function misfitOf(by: Decider, outcome: string): { message: string; next: string } | undefined {
  const refusals = REFUSALS[by.kind]
  if (!refusals || refusals.includes(outcome)) return undefined
  const who = by.kind === 'policy' ? 'a policy' : `\`${formatDecider(by)}\``
  return { message: `${who} never ends in \`${outcome}\``, next: `it ends in ${refusals.map((word) => `\`${word}\``).join(', ')}` }
}

function faultOf(by: Decider, inForce: readonly Application[]): { code: string; message: string; next?: string } | undefined {
  const policies = inForce.filter(({ key }) => key.kind === 'AuthorizationPolicy')
  if (by.kind === 'ext-authz') {
    const providers = policies.flatMap(({ manifest }) => providerOf(manifest) ?? [])
    if (providers.includes(by.provider)) return undefined
    const next = suggest(by.provider, providers)
    return { code: 'unknown-decider', message: `no CUSTOM policy in force asks the provider \`${by.provider}\``, ...(next ? { next } : {}) }
  }
  if (by.kind === 'jwt') {
    if (inForce.some(({ key }) => key.kind === 'RequestAuthentication')) return undefined
    return { code: 'not-in-force', message: 'no RequestAuthentication is in force in this step: nobody looks at a token' }
  }
  if (by.kind !== 'policy') return undefined
  const policy = policies.find(({ key }) => key.name === by.name && key.namespace === by.namespace)
  if (!policy) return { code: 'not-in-force', message: `\`${formatDecider(by)}\` is not in force in this step` }
  const action = actionOf(policy.manifest)
  if (action === 'DENY') return undefined
  const said = `\`${formatDecider(by)}\` is a policy that says ${action}`
  if (action === 'ALLOW')
    return { code: 'decider-misfit', message: `${said}, which refuses nothing by itself`, next: 'write `by no-allow`' }
  if (action === 'CUSTOM') {
    return {
      code: 'decider-misfit',
      message: `${said}: its provider decides`,
      next: `write \`by ext-authz(${providerOf(policy.manifest) ?? 'provider'})\``,
    }
  }
  return { code: 'decider-misfit', message: `${said}, which refuses nothing` }
}

function actionOf({ spec }: Application['manifest']): string {
  const action = spec !== null && typeof spec === 'object' && 'action' in spec ? spec.action : undefined
  return typeof action === 'string' ? action : 'ALLOW'
}

function providerOf({ spec }: Application['manifest']): string | undefined {
  const provider = spec !== null && typeof spec === 'object' && 'provider' in spec ? spec.provider : undefined
  const name = provider !== null && typeof provider === 'object' && 'name' in provider ? provider.name : undefined
  return typeof name === 'string' ? name : undefined
}
