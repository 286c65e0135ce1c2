import { expect, it } from 'vitest'
import { completeRun } from './complete.ts'
import { compareRecords, comparisonExit } from './diff.ts'
import { diffLines } from './diff-text.ts'
import { cell, passed, run, scenario, step } from './example-run.ts'
import { createLook } from './look.ts'
import { toRecord } from './record.ts'

const look = createLook({ colour: false, unicode: true })
const served = cell('s1.c1', 'sleep.foo', 'httpbin.foo:8000', { outcome: '200' })
const refused = cell('s1.c2', 'sleep.foo', 'httpbin.foo:8000', { outcome: '403', by: { kind: 'no-allow' } })
const older = cell('s1.c3', 'sleep.bar', 'httpbin.foo:8000', { outcome: '200' })
const closed = (range: string, seen: string) => `only when istio ${range}, and the server's proxy is ${seen}`

const planned = step(0, 'what one version does and another does not', [passed(served), passed(refused), passed(older)])
const onOld = { ...planned, cells: [passed(served), passed(older)], leftOut: [{ cell: refused, reason: closed('>=1.31', '1.30') }] }
const onNew = {
  ...planned,
  cells: [passed(refused)],
  leftOut: [served, older].map((one) => ({ cell: one, reason: closed('<1.31', '1.31') })),
}
const whole = scenario('gates', [planned]).scenario
const runOf = (one: typeof onOld) => run([{ ...scenario('gates', [one]), scenario: whole }])

it('a cell that is not for a version is no cell that was never asked', () => {
  const { verdict, scenarios } = completeRun(runOf(onOld), [whole])
  expect([verdict, scenarios[0]?.steps[0]?.cells.map((one) => one.cell.id)]).toEqual(['pass', ['s1.c1', 's1.c3']])
})

it('a step of which nothing is for a version is no check that passed', () => {
  const none = { ...onOld, cells: [], leftOut: planned.cells.map((one) => ({ cell: one.cell, reason: closed('>=1.32', '1.31') })) }
  expect(toRecord(runOf(none)).checks).toEqual({ pass: 0, fail: 0, inconclusive: 0 })
})

it('a cell that was never asked stays one, though others are not for the version', () => {
  const { verdict, scenarios } = completeRun(runOf({ ...onOld, cells: [passed(served)] }), [whole])
  expect([verdict, scenarios[0]?.steps[0]?.cells.at(-1)?.cause?.code]).toEqual(['inconclusive', 'not-asked'])
})

it('the record says what was left out, and why', () => {
  expect(toRecord(runOf(onOld)).scenarios[0]?.steps[0]?.leftOut).toMatchInlineSnapshot(`
    [
      {
        "declared": "403 by no-allow",
        "name": "sleep.foo → httpbin.foo:8000 GET /ip",
        "reason": "only when istio >=1.31, and the server's proxy is 1.30",
        "where": {
          "column": 27,
          "file": "scenarios/mtls.yaml",
          "line": 32,
        },
      },
    ]
  `)
})

it('an intended difference is explained when two versions are compared, and is no regression', () => {
  const comparison = compareRecords(toRecord(runOf(onOld)), toRecord(runOf(onNew)))
  expect(comparisonExit(comparison)).toBe(0)
  expect(`\n${diffLines(comparison, look).slice(3).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    ✓ 1 not for this version
        scenarios/mtls.yaml:33 · 1. what one version does and another does not · sleep.bar → httpbin.foo:8000 GET /ip
          only when istio <1.31, and the server's proxy is 1.31; was 200

    ✓ 1 declared otherwise
        scenarios/mtls.yaml:32 · 1. what one version does and another does not · sleep.foo → httpbin.foo:8000 GET /ip
          was declared 200, is declared 403 by no-allow

    1 not for this version, 1 declared otherwise, 0 cells unchanged
    "
  `)
})
