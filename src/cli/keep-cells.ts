import type { Cell, Scenario } from '../scenario/model.ts'

/** Only these cells, and every step up to the last of them: what a step applies is the ground that later ones stand on. */
export function keepCells(scenario: Scenario, keep: (cell: Cell) => boolean): Scenario {
  const steps = scenario.steps.map((step) => ({ ...step, cells: step.cells.filter(keep) }))
  if (steps.every((step, index) => step.cells.length === scenario.steps[index]?.cells.length)) return scenario
  return { ...scenario, steps: steps.slice(0, steps.findLastIndex((step) => step.cells.length > 0) + 1) }
}
