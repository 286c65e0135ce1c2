import type { Draft, Surroundings } from './parse.ts'
import type { Problem } from './problem.ts'

/** What only the whole of a scenario shows to be wrong. */
export function lintScenario(_draft: Draft, _surroundings: Surroundings): Problem[] {
  return []
}
