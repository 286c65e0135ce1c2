import { expect, test } from 'vitest'
import type { Scenario, WorldNamespace } from '../scenario/model.ts'
import { parseScenario } from '../scenario/parse.ts'
import { schedule } from './schedule.ts'

const where = { file: 'x.yaml', line: 1, column: 1 }

function scenario(
  id: string,
  namespaces: readonly string[],
  { tags = [], wide = false }: { tags?: string[]; wide?: boolean } = {},
): Scenario {
  const step = wide ? '    mesh: { enableAutoMtls: false }\n' : ''
  const parsed = parseScenario(
    `${id}.yaml`,
    `scenario: a\nstory: b\nworld:\n  foo: { mesh: true, apps: [sleep, httpbin] }\nsteps:\n  - step: c\n${step}    expect:\n      - { http: GET /, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 }\n`,
  )
  if (!parsed.scenario) throw new Error(JSON.stringify(parsed.problems))
  const world = namespaces.map((name): WorldNamespace => ({ name, mesh: true, apps: [], where }))
  return { ...parsed.scenario, tags, world }
}
const ids = (all: readonly Scenario[]) => {
  const { first, slow, rest } = schedule(all)
  return Object.fromEntries(Object.entries({ first, slow, rest }).map(([part, some]) => [part, some.map(({ id }) => id).join(' ')]))
}

test('without a slow one all keep their order, but for those that change the whole mesh', () => {
  expect(ids([scenario('a', ['foo']), scenario('b', ['bar']), scenario('c', ['foo'])])).toEqual({ first: '', slow: '', rest: 'a b c' })
})

test('a slow one with namespaces of its own runs beside those that share none and keep to theirs', () => {
  const all = [
    scenario('a', ['foo']),
    scenario('wide', ['foo'], { wide: true }),
    scenario('shares', ['slow', 'foo']),
    scenario('s', ['slow'], { tags: ['slow'] }),
    scenario('b', ['bar']),
  ]
  expect(ids(all)).toEqual({ first: 'wide shares', slow: 's', rest: 'a b' })
})

test('a slow one that changes the whole mesh, or shares with another slow one, is no longer beside', () => {
  const all = [
    scenario('s1', ['slow'], { tags: ['slow'] }),
    scenario('s2', ['slow'], { tags: ['slow'] }),
    scenario('s3', ['other'], { tags: ['slow'], wide: true }),
    scenario('a', ['foo']),
  ]
  expect(ids(all)).toEqual({ first: 's2 s3', slow: 's1', rest: 'a' })
})
