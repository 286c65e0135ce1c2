import { expect, test } from 'vitest'
import { parseScenario } from '../scenario/parse.ts'
import { planText } from './plan.ts'

test('a plan names everything that a step does, in its order', () => {
  const { scenario, problems } = parseScenario(
    'plan.yaml',
    `scenario: All that a step can do
story: Everything once.
world:
  foo: { mesh: true, apps: [sleep, httpbin] }
steps:
  - step: policy comes
    mesh: { extensionProviders: [{ name: mine }] }
    apply:
      - { apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: { name: deny, namespace: foo }, spec: { action: DENY } }
    scale: [{ workload: Deployment/httpbin.foo, replicas: 2 }]
    waits: [Deployment/sleep.foo]
    expect:
      - { http: GET /, from: sleep.foo, to: 'httpbin.foo:8000', is: 200, over: 80s, turns: { to: 403 by deny, between: [60s, 70s] } }
      - { http: GET /, from: port-forward, to: 'pod/httpbin.foo:8080', is: 200 }
    logs: [{ from: httpbin.foo, contains: [GET, '200'], times: 3 }]
  - step: and goes
    mesh: original
    delete: [AuthorizationPolicy/deny.foo]
    expect:
      - { http: GET /, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 }
`,
  )
  expect(problems).toEqual([])
  expect(scenario && planText(scenario)).toMatchInlineSnapshot(`
    "plan: All that a step can do
      needs foo (in the mesh: sleep, httpbin)
      1. policy comes
         mesh   extensionProviders
         apply  AuthorizationPolicy/deny.foo
         scale  Deployment.apps/httpbin.foo to 2
         wait   Deployment.apps/sleep.foo
         ask    sleep.foo → httpbin.foo:8000 GET /: 200, every 2 s for 80 s, then 403 by deny.foo from between 60 s and 70 s on
         ask    port-forward → pod/httpbin.foo:8080 GET /: 200
         log    httpbin.foo: 3 times GET and 200
      2. and goes
         mesh   as it was
         delete AuthorizationPolicy/deny.foo
         ask    sleep.foo → httpbin.foo:8000 GET /: 200
      then removes all that it applied, and restores what it changed"
  `)
})
