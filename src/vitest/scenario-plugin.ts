import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { formatCell, formatDeclared } from '../scenario/format.ts'
import { loadScenarios } from '../scenario/load.ts'
import type { Cell, Scenario, Step } from '../scenario/model.ts'
import { formatProblem } from '../scenario/problem.ts'

const RUN_MODULE = fileURLToPath(new URL('scenario-run.ts', import.meta.url))
const IS_SCENARIO = /\/scenarios\/[^?]*\.ya?ml$/

/** Scenario files as vitest test files: the test of a cell stands on the line that declares it, so that every tool points there. */
export function scenarioPlugin(): Plugin {
  return {
    name: 'meshproof:scenario',
    enforce: 'pre',
    async transform(code, id) {
      if (!IS_SCENARIO.test(id)) return undefined
      const { scenarios, problems } = await loadScenarios([id])
      const [scenario] = scenarios
      if (!scenario) throw new Error(`this scenario cannot run:\n${problems.map(formatProblem).join('\n\n')}`)
      const lines = testLines(scenario, id)
      return {
        code: lines.join('\n'),
        map: { version: 3, sources: [id], sourcesContent: [code], names: [], mappings: identity(lines.length) },
      }
    },
  }
}

/** Pure: one line of the module for each line of the file. */
export function testLines(scenario: Scenario, file: string): string[] {
  const lines: string[] = scenario.source.split('\n').map(() => '')
  const put = (line: number, code: string) => {
    lines[line - 1] = `${lines[line - 1] ?? ''}${code}`
  }
  put(1, `import { describe, test } from 'vitest'; import { openScenario } from ${JSON.stringify(RUN_MODULE)}; `)
  put(1, `const scenario = await openScenario(${JSON.stringify(file)}); `)
  put(scenario.where.line, `test('the run as a whole', scenario.whole); `)
  for (const [index, step] of scenario.steps.entries()) {
    // Two steps of one title would be one suite to whoever reads the names.
    const name = `${step.index + 1}. ${step.title}`
    put(step.where.line, `${index === 0 ? '' : '}); '}describe(${JSON.stringify(name)}, () => { `)
    put(step.where.line, `test('the step as a whole', scenario.step(${step.index})); `)
    for (const cell of step.cells)
      put(cell.where.line, `test(${JSON.stringify(testName(cell, step))}, scenario.cell(${JSON.stringify(cell.id)})); `)
  }
  put(lines.length, '}); ')
  return lines
}

/** `sleep.foo → httpbin.foo:8000 GET /ip: 200 mtls`; with the cell's id where two would have one name. */
function testName(cell: Cell, step: Step): string {
  const nameOf = (one: Cell) => `${formatCell(one)}: ${formatDeclared(one.declared)}`
  const alone = step.cells.filter((other) => nameOf(other) === nameOf(cell)).length === 1
  return alone ? nameOf(cell) : `${nameOf(cell)} (${cell.id})`
}

/** A source map in which every line is itself: `AAAA` is column 0 of source 0 at line 0, `AACA` one line further. */
function identity(lines: number): string {
  return ['AAAA', ...Array.from({ length: Math.max(0, lines - 1) }, () => 'AACA')].join(';')
}
