import { expect, test } from 'vitest'
import { parseScenario } from '../scenario/parse.ts'
import { meshWide } from './mesh-wide.ts'

function wide(step: string) {
  const expectOne = "    expect:\n      - { http: GET /, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 }\n"
  const world = 'world:\n  foo: { mesh: true, apps: [sleep, httpbin] }\n'
  const { scenario, problems } = parseScenario('wide.yaml', `scenario: a\nstory: b\n${world}steps:\n  - step: c\n${step}${expectOne}`)
  if (!scenario) throw new Error(JSON.stringify(problems))
  const found = meshWide(scenario)
  return found && `${found.what} at line ${found.where.line}`
}
const policy = (namespace: string) =>
  wide(
    `    apply:\n      - { apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: { name: default, namespace: ${namespace} } }\n`,
  )

test('a policy in the root namespace and a change of MeshConfig are the whole mesh’s; a policy elsewhere is not', () => {
  expect(policy('foo')).toBeUndefined()
  expect(policy('istio-system')).toBe('PeerAuthentication/default.istio-system at line 8')
  expect(wide('    mesh: { enableAutoMtls: false }\n')).toBe("the mesh's configuration at line 7")
})
