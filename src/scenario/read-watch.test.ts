import { expect, test } from 'vitest'
import { lintPart } from './lint-part.ts'
import { parseScenario } from './parse.ts'

const POLICY = `    apply:
      - { apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: { name: deny, namespace: foo }, spec: { action: DENY } }
`
const step = (rest: string) =>
  `${POLICY}    expect:\n      - { http: GET /, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 mtls, ${rest} }\n`
const ask = (rest: string) => lintPart(step(rest))

test('a cell may be watched, and may turn once', () => {
  expect(ask('over: 10s')).toEqual([])
  expect(ask('over: 10s, every: 500ms, turns: { to: 403 mtls by deny, between: [2s, 4s] }')).toEqual([])
  const { scenario } = parseScenario(
    'watch.yaml',
    `scenario: a\nstory: b\nworld:\n  foo: { mesh: true, apps: [sleep, httpbin] }\nsteps:\n  - step: c\n${step('over: 80s, turns: { to: 403 by deny, between: [60s, 70s] }')}`,
  )
  expect(scenario?.steps[0]?.cells[0]?.watch).toMatchInlineSnapshot(`
    {
      "everyMs": 2000,
      "overMs": 80000,
      "turn": {
        "earliestMs": 60000,
        "latestMs": 70000,
        "to": {
          "by": {
            "kind": "policy",
            "name": "deny",
            "namespace": "foo",
          },
          "outcome": "403",
          "sees": [],
        },
      },
    }
  `)
})

test('nothing of it has a meaning without `over`, and `over` none in a table', () => {
  expect(ask('every: 1s, turns: { to: 403 by deny, between: [2s, 4s] }')).toMatchInlineSnapshot(`
    [
      "error misplaced-key at «every»: \`every\` says nothing without \`over\` | add \`over: …\`, how long to watch",
      "error misplaced-key at «turns»: \`turns\` says nothing without \`over\` | add \`over: …\`, how long to watch",
    ]
  `)
  expect(ask("over: 10s, 'enforced within': 2s")).toMatchInlineSnapshot(`
    [
      "error misplaced-key at «'enforced within'»: \`enforced within\` has no meaning for a cell that is watched | leave it out",
      "error nothing-to-time at «2s»: the step before does not ask this: there is no change to be timed | leave out \`enforced within\`",
    ]
  `)
  const table =
    '    expect:\n      - http: GET /\n        over: 10s\n        table: |\n          from        httpbin.foo:8000\n          sleep.foo   200\n'
  expect(lintPart(table)).toMatchInlineSnapshot(`
    [
      "error unknown-key at «over»: unknown key \`over\` | known here: \`http\`, \`headers\`, \`body\`, \`token\`, \`sees\`, \`lacks\`, \`host\`, \`behind\`, \`through\`, \`table\`, \`when\`, \`bounds\`",
    ]
  `)
})

test('the moments have an order, and questions enough lie before and after them', () => {
  expect(ask('over: 10s, every: 500ms, turns: { to: 403 by deny, between: [4s, 2s] }')).toMatchInlineSnapshot(`
    [
      "error wrong-value at «[4s, 2s]»: the earliest moment comes before the latest, and that before the end | \`over\` is 10s",
    ]
  `)
  expect(ask('over: 10s, every: 500ms, turns: { to: 403 by deny, between: [4s, 10s] }')).toMatchInlineSnapshot(`
    [
      "error wrong-value at «[4s, 10s]»: the earliest moment comes before the latest, and that before the end | \`over\` is 10s",
    ]
  `)
  expect(ask('over: 10s, turns: { to: 403 by deny, between: [4s, 6s] }')).toMatchInlineSnapshot(`
    [
      "error wrong-value at «[4s, 6s]»: at least 3 questions have to be asked before the earliest moment, and after the latest | one is asked every 2s",
    ]
  `)
  expect(ask('over: 10s, every: 10ms')).toMatchInlineSnapshot(`
    [
      "error wrong-value at «10ms»: at least 200ms lie between two questions",
    ]
  `)
  expect(ask('over: 10000s')).toMatchInlineSnapshot(`
    [
      "error wrong-value at «10000s»: these are 5000 questions; 600 are enough",
    ]
  `)
})

test('what it turns to is held to the rules of every cell, and is something else', () => {
  expect(ask('over: 10s, every: 500ms, turns: { to: 403 by dney, between: [2s, 4s] }')).toMatchInlineSnapshot(`
    [
      "error unknown-decider at «dney»: no step applies an AuthorizationPolicy \`dney\` | did you mean \`deny\`?",
    ]
  `)
  expect(ask('over: 10s, every: 500ms, turns: { to: 403, between: [2s, 4s] }')).toMatchInlineSnapshot(`
    [
      "error missing-decider at «403»: \`403\` from a server with a proxy does not say who decided | add \`by\` and the name of a DENY policy, or \`by no-allow\`",
    ]
  `)
  expect(ask('over: 10s, every: 500ms, turns: { to: 200 mtls, between: [2s, 4s] }')).toMatchInlineSnapshot(`
    [
      "error no-turn at «200 mtls»: \`200 mtls\` is what the cell declares from the beginning | leave out \`turns\`",
    ]
  `)
  const plain = step('over: 10s, every: 500ms, turns: { to: 403 mtls by deny, between: [2s, 4s] }').replace('200 mtls', '200')
  expect(lintPart(plain)).toMatchInlineSnapshot(`
    [
      "error no-capture at «mtls»: \`mtls\` is looked for only where \`is\` declares a wire too | add a wire to \`is\`, or leave \`mtls\` out",
    ]
  `)
})
