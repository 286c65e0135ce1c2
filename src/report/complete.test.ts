import { describe, expect, test } from 'vitest'
import type { RunResult } from '../run/result.ts'
import { completeRun } from './complete.ts'
import { mixedRun, run, scenario, step } from './example-run.ts'

const whole = mixedRun()
const planned = whole.scenarios.map((one) => one.scenario)

function cellsOf(result: RunResult) {
  return result.scenarios.flatMap((one) => one.steps.flatMap((done) => done.cells))
}

describe('a completed run', () => {
  test('is the same run when nothing is missing', () => {
    expect(completeRun(whole, planned)).toEqual(whole)
  })

  test('has every planned cell as inconclusive, with the reason, when no mesh came up', () => {
    const down = run([], { verdict: 'inconclusive', mesh: undefined, causes: [{ code: 'engine-missing', message: 'no container engine' }] })
    const result = completeRun(down, planned)
    expect(cellsOf(result).map((one) => [one.cell.id, one.verdict, one.cause])).toEqual(
      ['s1.c1', 's1.c2', 's2.c1', 's2.c2', 's2.c3', 's2.c4'].map((id) => [
        id,
        'inconclusive',
        { code: 'not-asked', message: 'no container engine [engine-missing]' },
      ]),
    )
    expect(result.verdict).toBe('inconclusive')
  })

  test('takes the reason from the nearest whole: the step, the scenario, the run', () => {
    const [plan] = planned
    if (!plan) throw new Error('the example has a scenario')
    const blind = step(0, 'settles never', [], { causes: [{ code: 'not-propagated', message: 'httpbin.foo runs the old one' }] })
    const broken = { ...scenario('x', []), scenario: plan, steps: [blind], causes: [{ code: 'leaked', message: 'left' }] }
    const result = completeRun(run([broken], { interrupted: true }), [])
    expect(cellsOf(result).map((one) => one.cause?.message)).toEqual([
      ...Array(2).fill('httpbin.foo runs the old one [not-propagated]'),
      ...Array(4).fill('left [leaked]'),
    ])
  })

  test('says of an interrupted run that the rest was not asked because of that', () => {
    const result = completeRun(run([], { interrupted: true }), planned)
    expect(new Set(cellsOf(result).map((one) => one.cause?.message))).toEqual(new Set(['the run was interrupted [interrupted]']))
  })

  test('gives a cause to a red that has none', () => {
    const red = run([scenario('x', [step(0, 'one', [], { verdict: 'fail' })])])
    const [only] = completeRun(red, []).scenarios
    expect(only?.steps[0]?.causes).toEqual([{ code: 'unexplained-verdict', message: 'the step is marked fail and gives no reason' }])
    expect(only?.causes).toEqual([])
  })

  test('is never greener than its parts, whatever it calls itself', () => {
    const result = completeRun(
      { ...whole, verdict: 'pass', scenarios: whole.scenarios.map((one) => ({ ...one, verdict: 'pass' as const })) },
      [],
    )
    expect([result.verdict, result.scenarios[0]?.verdict]).toEqual(['fail', 'fail'])
    const leaky = run([scenario('x', [], { verdict: 'pass', causes: [{ code: 'leaked', message: 'left' }] })])
    expect(completeRun(leaky, []).verdict).toBe('inconclusive')
  })
})
