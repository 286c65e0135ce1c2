import type { Scenario } from '../scenario/model.ts'
import { meshWide } from './mesh-wide.ts'

/** The order in which scenarios run. */
export interface Schedule {
  /** One after the other, before all others. */
  readonly first: readonly Scenario[]
  /** Side by side, and beside the rest: most of their time they only watch. */
  readonly slow: readonly Scenario[]
  /** One after the other. */
  readonly rest: readonly Scenario[]
}

/** The tag of scenarios that watch for long. */
const SLOW = 'slow'

/**
 * Scenarios tagged `slow` that keep to namespaces of their own run beside others. What changes the mesh as a whole, or shares a namespace
 * with one of them, runs before. Pure.
 */
export function schedule(scenarios: readonly Scenario[]): Schedule {
  const slow: Scenario[] = []
  for (const scenario of scenarios) {
    if (scenario.tags.includes(SLOW) && !meshWide(scenario) && !slow.some((other) => overlap(scenario, other))) slow.push(scenario)
  }
  const others = scenarios.filter((scenario) => !slow.includes(scenario))
  const apart = (scenario: Scenario) => !meshWide(scenario) && !slow.some((one) => overlap(scenario, one))
  const rest = others.filter(apart)
  return { first: others.filter((scenario) => !rest.includes(scenario)), slow, rest }
}

function overlap(a: Scenario, b: Scenario): boolean {
  const names = namespacesOf(b)
  return namespacesOf(a).some((name) => names.includes(name))
}

function namespacesOf({ world, steps }: Scenario): string[] {
  return [...world.map(({ name }) => name), ...steps.flatMap(({ applies }) => applies.map(({ key }) => key.namespace))]
}
