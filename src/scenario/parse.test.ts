import { expect, test } from 'vitest'
import { DEFAULT_BOUNDS } from './model.ts'
import { parseScenario } from './parse.ts'
import { formatProblem } from './problem.ts'

const SOUND = `# a comment
scenario: One policy
story: GET is denied, and then it is not.
reference: https://istio.io/
tags: [authorization]
world:
  foo: { mesh: true, apps: [sleep, httpbin] }
bounds: { probe: 2s, answers: 5 }
steps:
  - step: GET is denied
    bounds: { settle: 1.5s }
    apply:
      - apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: { name: deny-get, namespace: foo }
        spec:
          action: DENY
          rules: [{ to: [{ operation: { methods: [GET] } }] }]
        redundant: not at all
    warns: take care
    expect:
      - http: POST /post
        headers: { x-token: guest }
        body: hello
        token: { kind: expired, claims: { sub: me } }
        sees: guest
        bounds: { decision: 500ms }
        table: |
          from                    httpbin.foo:8000   pod/httpbin.foo:8080
          sleep.foo               200 mtls           -
          sleep.foo/istio-proxy   -                  403 by deny-get
  - step: and then it is not
    delete: [AuthorizationPolicy/deny-get.foo]
    expect:
      - { http: GET /ip, token: valid, from: sleep.foo, to: 'httpbin.foo:8000', is: 200, sees: [a, b] }
      - { http: GET /, host: a.example, behind: 'httpbin.foo:8000', from: sleep.foo, to: 'gateway/istio-ingressgateway.istio-system:80', is: 404 plain by app }
`

test('a sound file becomes a scenario with every name resolved and every bound inherited', () => {
  const { scenario, problems } = parseScenario('scenarios/one-policy.yaml', SOUND)
  expect(problems).toEqual([])
  expect(scenario).toMatchObject({
    id: 'one-policy',
    title: 'One policy',
    reference: 'https://istio.io/',
    tags: ['authorization'],
    world: [{ name: 'foo', mesh: true, apps: ['sleep', 'httpbin'], where: { line: 7, column: 3 } }],
    bounds: { ...DEFAULT_BOUNDS, probeMs: 2_000, answers: 5 },
    where: { file: 'scenarios/one-policy.yaml', line: 2, column: 1 },
    source: SOUND,
  })
  const [first, second] = scenario?.steps ?? []
  expect(first).toMatchObject({ index: 0, title: 'GET is denied', warns: ['take care'], where: { line: 10, column: 5 } })
  expect(first?.applies).toMatchObject([
    { key: { group: 'security.istio.io', kind: 'AuthorizationPolicy', name: 'deny-get', namespace: 'foo' }, redundant: 'not at all' },
  ])
  expect(first?.applies[0]?.manifest).not.toHaveProperty('redundant')
  expect(first?.applies[0]?.yaml).toMatchInlineSnapshot(`
    "apiVersion: security.istio.io/v1
    kind: AuthorizationPolicy
    metadata: { name: deny-get, namespace: foo }
    spec:
      action: DENY
      rules: [{ to: [{ operation: { methods: [GET] } }] }]
    "
  `)
  expect(first?.cells).toEqual([
    {
      id: 's1.c1',
      step: 0,
      from: { app: 'sleep', namespace: 'foo', text: 'sleep.foo' },
      to: { kind: 'service', app: 'httpbin', namespace: 'foo', port: 8000, text: 'httpbin.foo:8000' },
      question: {
        kind: 'http',
        method: 'POST',
        path: '/post',
        headers: { 'x-token': 'guest' },
        body: 'hello',
        token: { kind: 'expired', claims: { sub: 'me' } },
      },
      declared: { outcome: '200', wire: 'mtls', sees: ['guest'] },
      bounds: { answers: 5, probeMs: 2_000, settleMs: 1_500, decisionMs: 500 },
      where: { file: 'scenarios/one-policy.yaml', line: 30, column: 35 },
    },
    expect.objectContaining({
      id: 's1.c2',
      declared: { outcome: '403', by: { kind: 'policy', name: 'deny-get', namespace: 'foo' }, sees: ['guest'] },
      where: { file: 'scenarios/one-policy.yaml', line: 31, column: 54 },
    }),
  ])
  expect(second).toMatchObject({ deletes: [{ key: { group: 'security.istio.io', name: 'deny-get' }, where: { line: 33, column: 14 } }] })
  expect(second?.cells).toMatchObject([
    { id: 's2.c1', question: { token: { kind: 'valid' } }, declared: { outcome: '200', sees: ['a', 'b'] } },
    { id: 's2.c2', to: { kind: 'gateway', host: 'a.example' }, declared: { outcome: '404', wire: 'plain', by: { kind: 'app' } } },
  ])
})

test.each([
  ['nothing', ''],
  ['a list', '- a\n'],
  ['a word', 'scenario\n'],
])('a file of %s is no scenario', (_, text) => {
  const { scenario, problems } = parseScenario('a.yaml', text)
  expect(scenario).toBeUndefined()
  expect(problems).toMatchObject([{ code: 'wrong-type', where: { line: 1, column: 1 } }])
})

test('a text that is no YAML is reported where it breaks, and nothing is guessed about the rest', () => {
  expect(reportOf('scenario: x\nworld: { foo: [}\nsteps: *gone\n')).toMatchInlineSnapshot(`
    "broken.yaml:2:16 error: Flow sequence in block collection must be sufficiently indented and end with a ] [yaml-syntax]
      2 | world: { foo: [}
        |                ^
    broken.yaml:2:17 error: Flow map in block collection must be sufficiently indented and end with a } [yaml-syntax]
      2 | world: { foo: [}
        |                 ^
    broken.yaml:3:8 error: nothing before this has the anchor &gone [yaml-syntax]
      3 | steps: *gone
        |        ^^^^^"
  `)
})

test('a file with warnings alone is a scenario', () => {
  const { scenario, problems } = parseScenario('a.yaml', SOUND.replace('[sleep, httpbin] }', '[sleep, httpbin, tcp-echo] }'))
  expect(problems).toMatchObject([{ severity: 'warning', code: 'unused' }])
  expect(scenario?.id).toBe('a')
})

function reportOf(text: string): string {
  return parseScenario('broken.yaml', text).problems.map(formatProblem).join('\n')
}
