import { expect, test } from 'vitest'
import { lintPart } from './lint-part.ts'
import { parseScenario } from './parse.ts'

const EXPECT = "    expect:\n      - { http: GET /, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 }\n"
const scale = (...items: string[]) => `    scale:\n${items.map((item) => `      - ${item}\n`).join('')}${EXPECT}`

test('a workload may be scaled, and waited for', () => {
  const step = `${scale('{ workload: Deployment/httpbin.foo, replicas: 0 }')}    waits: [Deployment/tcp-echo.foo]\n`
  expect(lintPart(step)).toEqual([])
  const { scenario } = parseScenario(
    'scale.yaml',
    `scenario: a\nstory: b\nworld:\n  foo: { mesh: true, apps: [sleep, httpbin, tcp-echo] }\nsteps:\n  - step: c\n${step}`,
  )
  expect(scenario?.steps.map(({ scales, waits }) => ({ scales, waits }))).toMatchInlineSnapshot(`
    [
      {
        "scales": [
          {
            "key": {
              "group": "apps",
              "kind": "Deployment",
              "name": "httpbin",
              "namespace": "foo",
            },
            "replicas": 0,
            "where": {
              "column": 21,
              "file": "scale.yaml",
              "line": 8,
            },
          },
        ],
        "waits": [
          {
            "key": {
              "group": "apps",
              "kind": "Deployment",
              "name": "tcp-echo",
              "namespace": "foo",
            },
            "where": {
              "column": 13,
              "file": "scale.yaml",
              "line": 11,
            },
          },
        ],
      },
    ]
  `)
})

test('a workload that a step brings may be waited for and scaled', () => {
  const deployment = '{ apiVersion: apps/v1, kind: Deployment, metadata: { name: own, namespace: foo }, spec: {} }'
  expect(lintPart(`    apply: [${deployment}]\n    waits: [Deployment/own.foo]\n${EXPECT}`)).toEqual([])
  expect(lintPart(`    apply: [${deployment}]\n${scale('{ workload: Deployment/own.foo, replicas: 2 }')}`)).toEqual([])
})

test('a name that is none, a kind that has no pods, a workload that is not there', () => {
  expect(
    lintPart(
      scale(
        '{ workload: httpbin.foo, replicas: 0 }',
        '{ workload: Deploymnt/httpbin.foo, replicas: 0 }',
        '{ workload: DaemonSet/httpbin.foo, replicas: 0 }',
        '{ workload: Deployment/htpbin.foo, replicas: 0 }',
        '{ workload: Deployment/httpbin.bar, replicas: 0 }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    [
      "error bad-object-key at «httpbin.foo»: \`httpbin.foo\` does not name an object | write \`Deployment/name.namespace\`",
      "error bad-workload at «Deploymnt/httpbin.foo»: a Deploymnt is not a workload that can be named here | did you mean \`Deployment\`?",
      "error bad-workload at «DaemonSet/httpbin.foo»: a DaemonSet is not a workload that can be named here | known here: Deployment, StatefulSet",
      "error missing-app at «htpbin.foo»: \`foo\` has no app \`htpbin\` | did you mean \`httpbin\`?",
      "error unknown-namespace at «httpbin.bar»: the world has no namespace \`bar\`",
    ]
  `)
  expect(lintPart(`    waits: [Service/httpbin.foo, Deployment/nobody.foo]\n${EXPECT}`)).toMatchInlineSnapshot(`
    [
      "error bad-workload at «Service/httpbin.foo»: a Service is not a workload that can be named here | known here: Deployment, StatefulSet, DaemonSet, Pod",
      "error missing-app at «nobody.foo»: \`foo\` has no app \`nobody\` | add it: \`foo: { …, apps: [sleep, httpbin, tcp-echo, nobody] }\`",
    ]
  `)
})

test('numbers that make no sense, and a workload that is scaled twice', () => {
  expect(
    lintPart(
      scale(
        '{ workload: Deployment/httpbin.foo, replicas: -1 }',
        '{ workload: Deployment/httpbin.foo, replicas: 1 }',
        '{ workload: Deployment/httpbin.foo, replicas: 2 }',
        '{ workload: Deployment/httpbin.foo }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    [
      "error wrong-value at «-1»: at least 0 is needed",
      "error changed-twice at «Deployment/httpbin.foo»: Deployment.apps/httpbin.foo is scaled twice in this step | only the last would count: make two steps of it",
      "error missing-key at «{ workload: Deployment/httpbin.foo }»: the key \`replicas\` is missing",
    ]
  `)
})
