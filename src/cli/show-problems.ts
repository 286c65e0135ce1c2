import { formatProblem, type Problem } from '../scenario/problem.ts'

/** Prints all problems with their source frames. @returns whether one of them keeps a scenario from running. */
export function showProblems(problems: readonly Problem[]): boolean {
  const errors = problems.filter(({ severity }) => severity === 'error').length
  for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n\n`)
  if (problems.length > 0) process.stderr.write(`${count(errors, 'error')}, ${count(problems.length - errors, 'warning')}\n`)
  return errors > 0
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
