import { expect, test } from 'vitest'
import { DEFAULT_SURROUNDINGS } from '../scenario/draft.ts'
import { parseScenario } from '../scenario/parse.ts'
import { readClaims } from './claims.ts'

const { scenario } = parseScenario(
  'scenarios/open.yaml',
  [
    'scenario: Everybody',
    'story: Everybody is served.',
    'world: { foo: { mesh: true, apps: [sleep, httpbin] } }',
    'steps:',
    '  - step: all are served',
    "    expect: [{ http: GET /ip, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 mtls }]",
    '',
  ].join('\n'),
  { ...DEFAULT_SURROUNDINGS, apps: ['sleep', 'httpbin'] },
)
if (!scenario) throw new Error('the example is not sound')

const read = (text: string) => readClaims('claims.yaml', text, [scenario])

test('a claim names a scenario and, by its title, one of its steps', () => {
  const text = "documents: [{ id: '1', title: One, claims: [{ claim: All get in, scenario: open, step: all are served, today: they do }] }]"
  expect(read(text)).toEqual([
    { id: '1', title: 'One', claims: [{ claim: 'All get in', scenario: 'open', step: 'all are served', today: 'they do' }] },
  ])
})

test('all that is wrong is said at once', () => {
  const text = [
    'documents:',
    "  - { id: '1', title: One, claims: [{ claim: A, scenario: closed, step: all are served }] }",
    "  - { id: '1', title: Two, claims: [{ claim: B, scenario: open, step: all are Served }] }",
  ].join('\n')
  expect(() => read(text)).toThrowErrorMatchingInlineSnapshot(
    `[MeshproofError: claims.yaml: 1: there is no scenario closed; 1: open has no step "all are Served"; 1 is there twice]`,
  )
})

test('a scenario that proves nothing of any document is missed', () => {
  const other = { ...scenario, id: 'spare' }
  const text = "documents: [{ id: '1', title: One, claims: [{ claim: A, scenario: open, step: all are served }] }]"
  expect(() => readClaims('claims.yaml', text, [scenario, other])).toThrowErrorMatchingInlineSnapshot(
    `[MeshproofError: claims.yaml: no claim is proven by the scenario spare]`,
  )
})

test.each([
  'documents: [',
  'documents: []',
  "documents: [{ id: '1', title: One, claims: [{ claim: A, scenario: open, step: all are served, proof: 3 }] }]",
])('%s is no list of claims', (text) => {
  expect(() => read(text)).toThrowError(expect.objectContaining({ code: 'claims-broken', exit: 2 }))
})
