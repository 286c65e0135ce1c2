import { expect, test } from 'vitest'
import { parseScenario } from '../scenario/parse.ts'
import { firstMove } from './move-pods.ts'

function scenario(step: string) {
  const expectOne = "    expect:\n      - { http: GET /, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 }\n"
  const world = 'world:\n  foo: { mesh: true, apps: [sleep, httpbin] }\n'
  const parsed = parseScenario(
    'move.yaml',
    `scenario: a\nstory: b\n${world}steps:\n  - step: c\n${expectOne}  - step: d\n${step}${expectOne}`,
  )
  if (!parsed.scenario) throw new Error(JSON.stringify(parsed.problems))
  return parsed.scenario
}
const applying = (kind: string, apiVersion: string) =>
  scenario(`    apply: [{ apiVersion: ${apiVersion}, kind: ${kind}, metadata: { name: own, namespace: foo }, spec: {} }]\n`)

test('policies and maps move no pods', () => {
  expect(firstMove(applying('PeerAuthentication', 'security.istio.io/v1'))).toBe(Number.POSITIVE_INFINITY)
  expect(firstMove(applying('ConfigMap', 'v1'))).toBe(Number.POSITIVE_INFINITY)
})

test('workloads, services and scaling do, from their step on', () => {
  expect(firstMove(applying('Deployment', 'apps/v1'))).toBe(1)
  expect(firstMove(applying('Service', 'v1'))).toBe(1)
  expect(firstMove(scenario('    scale: [{ workload: Deployment/httpbin.foo, replicas: 2 }]\n'))).toBe(1)
})
