import { parseScenario } from './parse.ts'

/** Test support: a world whose parts are all used by `USES_ALL`. */
const WORLD = `  foo: { mesh: true, apps: [sleep, httpbin, tcp-echo] }
  legacy: { mesh: false, apps: [sleep, httpbin] }
`
const USES_ALL = `  - step: all are used
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

/** Test support: one more step after one in which all is well, given as its lines below `step:`, and keys of the scenario itself. */
export function lintPart(step: string, top = ''): string[] {
  const text = `scenario: A part\nstory: All is well but for one part.\n${top}world:\n${WORLD}steps:\n${USES_ALL}  - step: under test\n${step}`
  return parseScenario('part.yaml', text).problems.map(({ severity, code, message, where, length, sourceLine, next }) => {
    const meant = sourceLine.slice(where.column - 1, where.column - 1 + length)
    return [`${severity} ${code} at «${meant}»: ${message}`, next].filter(Boolean).join(' | ')
  })
}
