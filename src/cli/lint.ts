import { EXIT, type ExitCode } from '../error.ts'
import { loadScenarios } from '../scenario/load.ts'
import { showProblems } from './show-problems.ts'

/** `meshproof lint`: every problem of every file at once. */
export async function lintCommand(files: readonly string[]): Promise<ExitCode> {
  const { scenarios, problems } = await loadScenarios(files)
  if (showProblems(problems)) return EXIT.usage
  const cells = scenarios.flatMap(({ steps }) => steps.flatMap((step) => step.cells)).length
  process.stdout.write(`${scenarios.length === 1 ? 'one scenario' : `${scenarios.length} scenarios`}, ${cells} cells: sound\n`)
  return EXIT.conformant
}
