import { describe, expect, test } from 'vitest'
import type { CellResult, RunResult } from '../run/result.ts'
import { annotations } from './annotations.ts'
import { completeRun } from './complete.ts'
import { FAILED, FLAPPING, mixedRun, run, scenario, step } from './example-run.ts'
import { toRecord } from './record.ts'

function notes(result: RunResult, pathOf = (file: string) => file): string[] {
  return annotations(toRecord(result), pathOf)
}

function at(result: CellResult, line: number): CellResult {
  return { ...result, cell: { ...result.cell, where: { ...result.cell.where, line } } }
}

describe('annotations', () => {
  test('stand on the lines of the scenario, failures first', () => {
    expect(notes(mixedRun())).toMatchInlineSnapshot(`
      [
        "::error file=scenarios/mtls.yaml,line=43,col=27,title=meshproof%3A not conformant::sleep.legacy → httpbin.foo:8000 GET /ip was declared reset plain by strict, but 200 plain was seen 3 times in 812 ms (after one stale answer), with nothing refusing it [wrong-outcome] (scenarios/mtls.yaml:43:27)",
        "::error file=scenarios/mtls.yaml,line=1,col=1,title=meshproof%3A inconclusive::ConfigMap/left.foo was left behind [leaked]",
        "::error file=scenarios/mtls.yaml,line=44,col=27,title=meshproof%3A inconclusive::sleep.legacy → httpbin.bar:8000 GET /ip was declared 200 plain, but 4 questions in 1.2 s established nothing: 200 plain 2 times, no answer [probe-timeout] once, reset plain by strict once: the counted answers contradict each other [flapping] (scenarios/mtls.yaml:44:27)",
      ]
    `)
  })

  test('are one for all cells of a line', () => {
    const result = run([scenario('x', [step(0, 'one', [at(FLAPPING, 7), at(FAILED, 7)])])])
    const [note = '', ...others] = notes(result)
    expect(others).toEqual([])
    expect(note).toMatch(/^::error file=scenarios\/mtls\.yaml,line=7,title=meshproof%3A not conformant::sleep.*%0Asleep/)
  })

  test('are one for all cells that were never asked for one reason', () => {
    const planned = mixedRun().scenarios.map((one) => one.scenario)
    const down = run([], { verdict: 'inconclusive', mesh: undefined, causes: [{ code: 'engine-missing', message: 'no engine' }] })
    expect(notes(completeRun(down, planned))).toMatchInlineSnapshot(`
      [
        "::error title=meshproof%3A inconclusive::no engine [engine-missing]",
        "::error title=meshproof%3A inconclusive::6 cells never asked: no engine [engine-missing]",
      ]
    `)
  })

  test('are ten at most, because GitHub drops more; the last counts them', () => {
    const cells = Array.from({ length: 15 }, (_, index) => at(FAILED, 10 + index))
    const all = notes(run([scenario('x', [step(0, 'one', cells)])]))
    expect(all).toHaveLength(10)
    expect(all.at(-1)).toBe('::error title=meshproof::6 further lines with red cells; see the summary')
  })

  test('escape what would end a property or a command', () => {
    const odd = { ...FAILED, cause: { code: 'odd', message: '100%\r\n::error::' } }
    const [note] = notes(run([scenario('x', [step(0, 'one', [odd])])]), () => 'a,b:c.yaml')
    expect(note).toContain('::error file=a%2Cb%3Ac.yaml,line=43,')
    expect(note).toContain('100%25%0D%0A::error:: [odd]')
  })

  test('are none of a green run', () => {
    const first = mixedRun().scenarios[0]?.steps[0]
    expect(first && notes(run([scenario('x', [first])]))).toEqual([])
  })
})
