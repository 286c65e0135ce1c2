import { expect, test } from 'vitest'
import { renderChanges } from './changes.ts'
import { richRecord } from './example-record.ts'
import type { ScenarioRecord, StepRecord } from './places.ts'

const [rich] = richRecord().scenarios
const [, , after] = rich?.steps ?? []
if (!rich || !after) throw new Error('the example has three steps')
const scenario: ScenarioRecord = rich
const last: StepRecord = after

/** What is said of every change, step by step. */
function saidOf(steps: readonly StepRecord[]): string[][] {
  return steps.map((step) => {
    const { text } = renderChanges({ ...scenario, steps: [...steps] }, step) ?? { text: '' }
    return [...text.matchAll(/<h4><span class="action [^"]+">([^<]+)<\/span> ([^<]+)<\/h4>/g)].map(
      ([, said, object]) => `${said} ${object}`,
    )
  })
}

test('an object is applied once and altered from then on, until it is deleted', () => {
  const change = { object: 'PeerAuthentication/default.foo', yaml: 'a: 1\n', warnings: [] }
  const steps = (['apply', 'apply', 'delete', 'apply'] as const).map((action, index) => ({
    ...last,
    index,
    changes: [{ ...change, action }],
  }))
  expect(saidOf(steps)).toEqual([
    ['applied PeerAuthentication/default.foo'],
    ['altered PeerAuthentication/default.foo'],
    ['deleted PeerAuthentication/default.foo'],
    ['applied PeerAuthentication/default.foo'],
  ])
})

test('what the webhook refused is not there afterwards; what was not ours is altered and restored', () => {
  expect(saidOf(scenario.steps)).toEqual([
    [],
    ['applied PeerAuthentication/default.foo', 'refused PeerAuthentication/wrong.foo', 'altered ConfigMap/istio.istio-system'],
    ['altered PeerAuthentication/default.foo', 'deleted PeerAuthentication/default.foo', 'restored ConfigMap/istio.istio-system'],
  ])
  const again: StepRecord = {
    ...last,
    changes: [{ action: 'apply', object: 'PeerAuthentication/wrong.foo', yaml: 'a: 1\n', warnings: [] }],
  }
  expect(saidOf([...scenario.steps.slice(0, 2), again]).at(-1)).toEqual(['applied PeerAuthentication/wrong.foo'])
})

test('how the change arrived is said, but not of a change that did not', () => {
  const arrivalOf = (step: StepRecord) => /(?:<summary>|<p class="quiet">)([^<]*)/.exec(renderChanges(scenario, step)?.text ?? '')?.[1]
  expect([
    arrivalOf({ ...last, causes: [] }),
    arrivalOf({ ...last, causes: [], altered: ['httpbin.foo'] }),
    arrivalOf({ ...last, causes: [], altered: [] }),
    arrivalOf(last),
  ]).toEqual([
    'Every proxy ran it after 346 ms; 2 proxies were altered',
    'Every proxy ran it after 346 ms; one proxy was altered',
    'Every proxy ran it after 346 ms; none was altered by it.',
    'The proxies were waited for until 346 ms had passed.',
  ])
})
