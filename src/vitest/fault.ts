import { resolve } from 'node:path'
import type { Where } from '../error.ts'
import { causeVerdict } from '../report/checks.ts'
import { explainCell, formatCause } from '../report/sentence.ts'
import type { Cause, CellResult, StepResult, Verdict } from '../run/result.ts'
import { formatDeclared } from '../scenario/format.ts'

/** What a test throws, and the verdict that its failure stands for. */
interface Fault {
  readonly verdict: Exclude<Verdict, 'pass'>
  readonly error: Error
}

const NAMES = { fail: 'NotConformant', inconclusive: 'Inconclusive' } as const

/** Undefined for a pass. The error points at the cell's line and says in one sentence what was declared and seen. */
export function cellFault(result: CellResult): Fault | undefined {
  const { verdict, cell, observed } = result
  if (verdict === 'pass') return undefined
  const error = errorAt(NAMES[verdict], explainCell(result), cell.where)
  if (verdict === 'fail' && observed) {
    Object.assign(error, { expected: formatDeclared(cell.declared), actual: formatDeclared(observed) })
  }
  return { verdict, error }
}

/** What belongs to no cell, all of it in one error. */
export function causesFault(causes: readonly Cause[], where: Where, step?: StepResult): Fault | undefined {
  if (causes.length === 0) return undefined
  const verdict = step && causeVerdict(step.verdict, step.cells) === 'fail' ? 'fail' : 'inconclusive'
  return { verdict, error: errorAt(NAMES[verdict], causes.map(formatCause).join('; '), where) }
}

/** Its stack is the place in the scenario: our own frames would tell nobody anything. */
export function errorAt(name: string, message: string, { file, line, column }: Where): Error {
  const error = new Error(message)
  error.name = name
  error.stack = `${name}: ${message}\n    at ${resolve(file)}:${line}:${column}`
  return error
}
