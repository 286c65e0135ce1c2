import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { keepCells } from '../cli/keep-cells.ts'
import { planText } from '../cli/plan.ts'
import { parseScenario } from '../scenario/parse.ts'
import { testLines } from './scenario-plugin.ts'

const SOURCE = `scenario: Two steps
story: foo closes.
world:
  foo: { mesh: true, apps: [sleep, httpbin] }
steps:
  - step: open
    expect:
      - http: GET /ip
        table: |
          from        httpbin.foo:8000
          sleep.foo   200 mtls
  - step: closed
    apply:
      - apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: { name: nothing, namespace: foo }
        spec: {}
    expect:
      - { http: GET /ip, from: sleep.foo, to: "httpbin.foo:8000", is: 403 by no-allow }
`

function example() {
  const { scenario, problems } = parseScenario('scenarios/two.yaml', SOURCE)
  if (!scenario) throw new Error(JSON.stringify(problems))
  return scenario
}

test('a test stands on the line that declares its cell', () => {
  const lines = testLines(example(), '/x/scenarios/two.yaml')
  expect(lines).toHaveLength(SOURCE.split('\n').length)
  expect(lines[10]).toMatchInlineSnapshot(`"test("sleep.foo → httpbin.foo:8000 GET /ip: 200 mtls", scenario.cell("s1.c1")); "`)
  expect(lines[18]).toMatchInlineSnapshot(`"test("sleep.foo → httpbin.foo:8000 GET /ip: 403 by no-allow", scenario.cell("s2.c1")); "`)
})

test('every cell of every scenario has one test, in one suite for each step', async () => {
  const source = await readFile(new URL('../../scenarios/mtls-migration.yaml', import.meta.url), 'utf8')
  const { scenario } = parseScenario('scenarios/mtls-migration.yaml', source)
  if (!scenario) throw new Error('the scenario is broken')
  const code = testLines(scenario, 'x').join('\n')
  expect(code.match(/scenario\.cell\(/g)).toHaveLength(scenario.steps.flatMap((step) => step.cells).length)
  expect(code.match(/describe\("/g)).toHaveLength(scenario.steps.length)
})

test('selecting a late cell keeps the steps before it, without their cells', () => {
  const kept = keepCells(example(), ({ id }) => id === 's2.c1')
  expect(kept.steps.map(({ title, cells }) => `${title}: ${cells.length}`)).toEqual(['open: 0', 'closed: 1'])
})

test('selecting an early cell leaves the steps after it out', () => {
  expect(keepCells(example(), ({ id }) => id === 's1.c1').steps.map(({ title }) => title)).toEqual(['open'])
})

test('a plan says what is needed, applied and asked', () => {
  expect(planText(example())).toMatchInlineSnapshot(`
    "two: Two steps
      needs foo (in the mesh: sleep, httpbin)
      1. open
         ask    sleep.foo → httpbin.foo:8000 GET /ip: 200 mtls
      2. closed
         apply  AuthorizationPolicy/nothing.foo
         ask    sleep.foo → httpbin.foo:8000 GET /ip: 403 by no-allow
      then removes all that it applied, and restores what it changed"
  `)
})
