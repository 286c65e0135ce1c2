import { expect, test } from 'vitest'
import { lintPart } from './lint-part.ts'
import { parseScenario } from './parse.ts'

const ask = (item: string) => lintPart(`    expect:\n      - { ${item} }\n`)

test('a port-forward may ask a pod, and is answered by the app alone', () => {
  expect(ask('http: GET /, from: port-forward, to: pod/httpbin.foo:8080, is: 200')).toEqual([])
  expect(ask('http: GET /, from: port-forward, to: pod/httpbin.foo:8080, is: 404 by app')).toEqual([])
  expect(ask('http: GET /, from: port-forward, to: pod/httpbin.foo:8080, is: 403')).toEqual([])
  const table = '      - http: GET /\n        table: |\n          from           pod/httpbin.foo:8080\n          port-forward   200\n'
  const { scenario } = parseScenario(
    'forward.yaml',
    `scenario: a\nstory: b\nworld:\n  foo: { mesh: true, apps: [httpbin] }\nsteps:\n  - step: c\n    expect:\n${table}`,
  )
  expect(scenario?.steps[0]?.cells[0]?.from).toEqual({ kind: 'port-forward', app: 'httpbin', namespace: 'foo', text: 'port-forward' })
})

test('it goes to a pod, over HTTP, and nothing of the mesh is on its way', () => {
  expect(ask("http: GET /, from: port-forward, to: 'httpbin.foo:8000', is: 200")).toMatchInlineSnapshot(`
    [
      "error bad-destination at «httpbin.foo:8000»: a port-forward goes to a pod | write \`pod/httpbin.foo:8000\`, with the pod's own port",
    ]
  `)
  expect(ask('tcp: port, from: port-forward, to: pod/tcp-echo.foo:9000, is: echo')).toMatchInlineSnapshot(`
    [
      "error bad-source at «port-forward»: a port-forward is asked over HTTP only | ask from \`app.namespace\`, or with \`http:\`",
    ]
  `)
  expect(ask('http: GET /, from: port-forward, to: pod/httpbin.foo:8080, is: 200 plain')).toMatchInlineSnapshot(`
    [
      "error no-capture at «plain»: a port-forward comes over the pod's own loopback, so \`plain\` cannot be seen | declare no wire here",
    ]
  `)
  expect(ask('http: GET /, from: port-forward, to: pod/httpbin.foo:8080, is: 403 by no-allow')).toMatchInlineSnapshot(`
    [
      "error decider-misfit at «by no-allow»: a port-forward passes the sidecar by: \`no-allow\` cannot decide on it | only \`by app\` can be",
    ]
  `)
  expect(ask('http: GET /, from: port-forwad, to: pod/htpbin.foo:8080, is: 200')).toMatchInlineSnapshot(`
    [
      "error bad-source at «port-forwad»: \`port-forwad\` is not a source | write \`app.namespace\`, \`app.namespace/istio-proxy\` or \`port-forward\`",
    ]
  `)
})
