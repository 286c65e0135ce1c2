import type { Draft, Surroundings } from './draft.ts'
import { lintCells } from './lint-cells.ts'
import { lintGates } from './lint-gates.ts'
import { lintLogs } from './lint-logs.ts'
import { lintMesh } from './lint-mesh.ts'
import { lintScales } from './lint-scales.ts'
import { lintSteps } from './lint-steps.ts'
import { lintTokens } from './lint-tokens.ts'
import { lintWorld } from './lint-world.ts'
import type { Problem } from './problem.ts'

/** What only the whole of a scenario shows to be wrong; a row's source may be complained of once for each of its cells. */
export function lintScenario(draft: Draft, surroundings: Surroundings): Problem[] {
  return [
    ...lintWorld(draft, surroundings),
    ...lintSteps(draft),
    ...lintMesh(draft),
    ...lintGates(draft, surroundings),
    ...lintLogs(draft),
    ...lintScales(draft),
    ...lintTokens(draft),
    ...lintCells(draft, surroundings),
  ]
}
