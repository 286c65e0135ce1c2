import { completeRun } from '../report/complete.ts'
import { multiReporter } from '../report/multi-reporter.ts'
import { createReporters } from '../report/reporters.ts'
import { type RunResult, worstVerdict } from '../run/result.ts'
import type { Scenario } from '../scenario/model.ts'

/**
 * Makes the reports of one run from the results of its files.
 * @param results at least one
 * @param planned what was to be run: what never came to it is in the reports as inconclusive
 */
export async function reportParts(results: readonly RunResult[], planned: readonly Scenario[], dir: string): Promise<void> {
  const result = completeRun(mergeParts(results), planned)
  // Vitest annotates each line itself.
  const env = { ...process.env, GITHUB_ACTIONS: undefined }
  const reporter = multiReporter(createReporters({ dir, stream: process.stdout, env }), process.stderr)
  reporter.onEvent({ kind: 'run-start', id: result.id, scenarios: result.scenarios.map(({ scenario }) => scenario), mesh: result.mesh })
  for (const one of result.scenarios) {
    const { scenario } = one
    reporter.onEvent({ kind: 'scenario-start', scenario })
    for (const step of one.steps) {
      const planned = scenario.steps.find(({ index }) => index === step.index)
      if (!planned) continue
      reporter.onEvent({ kind: 'step-start', scenario, step: planned })
      for (const cell of step.cells) reporter.onEvent({ kind: 'cell-decided', scenario, step: planned, cell: cell.cell, result: cell })
      reporter.onEvent({ kind: 'step-end', scenario, step: planned, result: step })
    }
    reporter.onEvent({ kind: 'scenario-end', scenario, result: one })
  }
  reporter.onEvent({ kind: 'run-end', result })
  await reporter.end()
  // The exit code of vitest itself; `meshproof test` sets its own.
  if (reporter.exit() !== 0) process.exitCode = reporter.exit()
}

/** Pure: several results as one; the first gives the name and the mesh. */
export function mergeParts(results: readonly RunResult[]): RunResult {
  const [first, ...others] = results.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt))
  if (!first) throw new RangeError('a run of no parts has no result')
  const all = [first, ...others]
  return {
    ...first,
    ms: Math.max(...all.map(({ startedAt, ms }) => Date.parse(startedAt) + ms)) - Date.parse(first.startedAt),
    verdict: worstVerdict(all.map(({ verdict }) => verdict)),
    interrupted: all.some(({ interrupted }) => interrupted),
    scenarios: all.flatMap(({ scenarios }) => scenarios),
    causes: all.flatMap(({ causes }) => causes),
    harness: { ...first.harness, peakRssBytes: Math.max(...all.map(({ harness }) => harness.peakRssBytes)) },
  }
}
