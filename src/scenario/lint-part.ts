import type { Surroundings } from './draft.ts'
import { parseScenario } from './parse.ts'

/** Test support: a world whose parts are all used by `USES_ALL`, so that only the part under test complains. */
export const WORLD = `  foo: { mesh: true, apps: [sleep, httpbin, tcp-echo] }
  legacy: { mesh: false, apps: [sleep, httpbin] }
`
export const USES_ALL = `  - step: all are used
    expect:
      - tcp: port
        table: |
          from           tcp-echo.foo:9000
          sleep.foo      echo
      - http: GET /all
        table: |
          from           httpbin.foo:8000   httpbin.legacy:8000
          sleep.legacy   200                200
`
export const STRICT = policy('PeerAuthentication', 'default', 'mtls: { mode: STRICT }')
export const DENY = policy('AuthorizationPolicy', 'deny-get', 'action: DENY')
/** A question that is always answered. */
export const SERVED = "http: GET /, from: sleep.foo, to: 'httpbin.foo:8000', is: 200"

interface Parts {
  readonly world?: string
  /** Keys of the scenario itself. */
  readonly top?: string
  readonly steps: string
  readonly surroundings?: Surroundings
}

/** The problems of a scenario in which all is well but for the given parts, as `line-text carets: code, message, remedy`. */
export function lint({ world = WORLD, top = '', steps, surroundings }: Parts): string[] {
  const text = `scenario: A part\nstory: All is well but for one part.\n${top}world:\n${world}steps:\n${steps}`
  return parseScenario('part.yaml', text, surroundings).problems.map(({ severity, code, message, where, length, sourceLine, next }) => {
    const meant = sourceLine.slice(where.column - 1, where.column - 1 + length)
    return [`${severity} ${code} at «${meant}»: ${message}`, next].filter(Boolean).join(' | ')
  })
}

/** One more step after what uses all, given as its lines below `step:`. */
export function lintPart(step: string, top = ''): string[] {
  return lint({ top, steps: `${USES_ALL}  - step: under test\n${step}` })
}

/** An object on one line. */
export function policy(kind: string, name: string, spec: string, namespace = 'foo'): string {
  return `{ apiVersion: security.istio.io/v1, kind: ${kind}, metadata: { name: ${name}, namespace: ${namespace} }, spec: { ${spec} } }`
}

/** A step of single lines, after what uses all. */
export function asking(...lines: string[]): string {
  return applying([], ...lines)
}

/** The same with objects that it applies. */
export function applying(objects: readonly string[], ...lines: string[]): string {
  const apply = objects.length === 0 ? '' : `    apply:\n${objects.map((object) => `      - ${object}\n`).join('')}`
  return `${USES_ALL}  - step: under test\n${apply}    expect:\n${lines.map((line) => `      - { ${line} }\n`).join('')}`
}
