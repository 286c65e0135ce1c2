import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Scenario, Step } from '../scenario/model.ts'
import { DEFAULT_BOUNDS } from '../scenario/model.ts'
import { findStates, formatState, type LineState, type ScenarioState } from './claims-state.ts'
import { renderClaims } from './claims-table.ts'

const at = (line: number) => ({ file: 'scenarios/open.yaml', line, column: 1 })
const step = (index: number, title: string): Step => ({
  ...{ index, title, deletes: [], applies: [], warns: [], cells: [], bounds: DEFAULT_BOUNDS },
  where: at(10 + index),
})
const scenario: Scenario = {
  ...{ id: 'open', title: 'Open', story: '', tags: [], world: [], bounds: DEFAULT_BOUNDS, where: at(1), source: 'as it is' },
  steps: [step(0, 'first'), step(1, 'second'), step(2, 'third')],
}
const source = createHash('sha256').update('as it is').digest('hex').slice(0, 12)
const state = (line: string, open: ScenarioState): LineState => ({ line, run: `run-of-${line}`, scenarios: new Map([['open', open]]) })
const documents = [
  {
    id: '000',
    title: 'One',
    claims: [
      { claim: 'All | get in', scenario: 'open', step: 'first' },
      { claim: 'And out', scenario: 'open', step: 'third', today: 'not all' },
    ],
  },
]
const states = [state('1.31', { source, steps: ['9', '2', 'fail'] }), state('1.9', { source, steps: ['9', '2', 'none'] })]

test('each claim stands with its step and what every line has shown, older lines first', () => {
  expect(renderClaims({ documents, scenarios: [scenario], states })).toMatchInlineSnapshot(`
    "<!-- claims on 1.9, run run-of-1.9: open@f5c9477a85fc=9,2,none -->
    <!-- claims on 1.31, run run-of-1.31: open@f5c9477a85fc=9,2,fail -->

    |  | claim | shown by | 1.9 | 1.31 |
    | --- | --- | --- | --- | --- |
    | **000** | **One** |  |  |  |
    | 000.1 | All \\| get in | [open](scenarios/open.yaml#L10) 1 | ✓ 9 | ✓ 9 |
    | 000.2 | And out. *Today:* not all | [open](scenarios/open.yaml#L12) 3 | ? | ✗ |"
  `)
})

test('what was run when the file was another is not taken for a result', () => {
  const old = [state('1.31', { source: '000000000000', steps: ['9', '2', '1'] })]
  const rows = renderClaims({ documents, scenarios: [scenario], states: old })
    .split('\n')
    .slice(-2)
  expect(rows.map((row) => row.split(' | ').at(-1))).toEqual(['not run |', 'not run |'])
})

test('a state comes out of a text as it went in', () => {
  expect(findStates(`before\n${states.map(formatState).join('\n')}\nafter <!-- claims on nothing -->`)).toEqual(states)
})
