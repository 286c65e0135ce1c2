import { EXIT, type ExitCode } from '../error.ts'
import { type Application, formatCell, formatDeclared, formatKey, type Scenario, type Step } from '../scenario/model.ts'
import { selectScenarios } from './select-scenarios.ts'
import { showProblems } from './show-problems.ts'

/** `meshproof plan`: what a run would make, apply, delete and ask, in its order. */
export async function planCommand(wanted: readonly string[]): Promise<ExitCode> {
  const { scenarios, problems } = await selectScenarios(wanted)
  if (showProblems(problems)) return EXIT.usage
  process.stdout.write(`${scenarios.map(planText).join('\n\n')}\n`)
  return EXIT.conformant
}

/** Pure: one scenario's plan as text. */
export function planText(scenario: Scenario): string {
  const world = scenario.world.map(({ name, mesh, apps }) => `${name} (${mesh ? 'in' : 'outside'} the mesh: ${apps.join(', ')})`)
  return [
    `${scenario.id}: ${scenario.title}`,
    `  needs ${world.join('; ')}`,
    ...scenario.steps.flatMap((step) => stepLines(step)),
    '  then removes all that it applied',
  ].join('\n')
}

function stepLines({ index, title, deletes, applies, warns, cells }: Step): string[] {
  return [
    `  ${index + 1}. ${title}`,
    ...deletes.map(({ key }) => `     delete ${formatKey(key)}`),
    ...applies.map((one) => `     apply  ${formatKey(one.key)}${note(one)}`),
    ...warns.map((text) => `     must warn: ${text}`),
    ...cells.map((cell) => `     ask    ${formatCell(cell)}: ${formatDeclared(cell.declared)}`),
  ]
}

function note({ redundant, refused }: Application): string {
  if (refused !== undefined) return `, must be refused: ${refused}`
  return redundant === undefined ? '' : ` (redundant: ${redundant})`
}
