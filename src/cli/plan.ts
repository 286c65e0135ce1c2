import { EXIT, type ExitCode } from '../error.ts'
import { formatCell, formatDeclared, formatKey } from '../scenario/format.ts'
import type { Application, Cell, Scenario, Step } from '../scenario/model.ts'
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
    '  then removes all that it applied, and restores what it changed',
  ].join('\n')
}

function stepLines({ index, title, mesh, deletes, applies, scales = [], waits = [], warns, cells, logs = [] }: Step): string[] {
  return [
    `  ${index + 1}. ${title}`,
    ...(mesh ? [`     mesh   ${mesh.kind === 'original' ? 'as it was' : Object.keys(mesh.values).join(', ')}`] : []),
    ...deletes.map(({ key }) => `     delete ${formatKey(key)}`),
    ...applies.map((one) => `     apply  ${formatKey(one.key)}${note(one)}`),
    ...scales.map(({ key, replicas }) => `     scale  ${formatKey(key)} to ${replicas}`),
    ...waits.map(({ key }) => `     wait   ${formatKey(key)}`),
    ...warns.map((text) => `     must warn: ${text}`),
    ...cells.map((cell) => `     ask    ${formatCell(cell)}: ${formatDeclared(cell.declared)}${watched(cell)}`),
    ...logs.map(({ from, contains, times }) => `     log    ${from.text}: ${times > 1 ? `${times} times ` : ''}${contains.join(' and ')}`),
  ]
}

function watched({ watch }: Cell): string {
  if (!watch) return ''
  const { overMs, everyMs, turn } = watch
  const turning = turn && `, then ${formatDeclared(turn.to)} from between ${turn.earliestMs / 1_000} s and ${turn.latestMs / 1_000} s on`
  return `, every ${everyMs / 1_000} s for ${overMs / 1_000} s${turning ?? ''}`
}

function note({ redundant, refused }: Application): string {
  if (refused !== undefined) return `, must be refused: ${refused}`
  return redundant === undefined ? '' : ` (redundant: ${redundant})`
}
