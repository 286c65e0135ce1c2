import { expect, test } from 'vitest'
import { lintPart } from './lint-part.ts'
import { parseScenario } from './parse.ts'

const EXPECT = "    expect:\n      - { http: GET /, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 }\n"
const logs = (...items: string[]) => `${EXPECT}    logs:\n${items.map((item) => `      - ${item}\n`).join('')}`

test('a container may be asked to log lines', () => {
  const step = logs('{ from: httpbin.foo, contains: GET }', '{ from: httpbin.foo/istio-proxy, contains: [\'"tls"\', spiffe], times: 3 }')
  expect(lintPart(step)).toEqual([])
  const { scenario } = parseScenario(
    'log.yaml',
    `scenario: a\nstory: b\nworld:\n  foo: { mesh: true, apps: [sleep, httpbin] }\nsteps:\n  - step: c\n${step}`,
  )
  expect(scenario?.steps[0]?.logs).toMatchInlineSnapshot(`
    [
      {
        "contains": [
          "GET",
        ],
        "from": {
          "app": "httpbin",
          "namespace": "foo",
          "text": "httpbin.foo",
        },
        "times": 1,
        "where": {
          "column": 9,
          "file": "log.yaml",
          "line": 10,
        },
      },
      {
        "contains": [
          ""tls"",
          "spiffe",
        ],
        "from": {
          "app": "httpbin",
          "container": "istio-proxy",
          "namespace": "foo",
          "text": "httpbin.foo/istio-proxy",
        },
        "times": 3,
        "where": {
          "column": 9,
          "file": "log.yaml",
          "line": 11,
        },
      },
    ]
  `)
})

test('a source, a workload and a proxy that are not there', () => {
  const step = logs(
    '{ from: httpbin, contains: GET }',
    '{ from: htpbin.foo, contains: GET }',
    '{ from: httpbin.bar, contains: GET }',
    '{ from: httpbin.legacy/istio-proxy, contains: GET }',
  )
  expect(lintPart(step)).toMatchInlineSnapshot(`
    [
      "error bad-source at «httpbin»: \`httpbin\` is not a source | write \`app.namespace\` or \`app.namespace/container\`",
      "error missing-app at «htpbin.foo»: \`foo\` has no app \`htpbin\` | did you mean \`httpbin\`?",
      "error unknown-namespace at «httpbin.bar»: the world has no namespace \`bar\`",
      "error bad-container at «/istio-proxy»: the namespace \`legacy\` is not in the mesh: its pods have no proxy | write \`httpbin.legacy\`",
    ]
  `)
})

test('a line that holds nothing, no number of times, a key that is no key', () => {
  const step = logs(
    '{ from: httpbin.foo }',
    "{ from: httpbin.foo, contains: '' }",
    '{ from: httpbin.foo, contains: GET, times: 0 }',
    '{ from: httpbin.foo, contain: GET }',
  )
  expect(lintPart(step)).toMatchInlineSnapshot(`
    [
      "error missing-key at «{ from: httpbin.foo }»: the key \`contains\` is missing",
      "error wrong-value at «''»: this is empty",
      "error wrong-value at «0»: at least 1 is needed",
      "error unknown-key at «contain»: unknown key \`contain\` | did you mean \`contains\`?",
    ]
  `)
})

test('an app whose log alone is looked at is used', () => {
  const text = `scenario: a\nstory: b\nworld:\n  foo: { mesh: true, apps: [sleep, httpbin, tcp-echo] }\nsteps:\n  - step: c\n${logs('{ from: tcp-echo.foo, contains: x }')}`
  expect(parseScenario('log.yaml', text).problems).toEqual([])
})
