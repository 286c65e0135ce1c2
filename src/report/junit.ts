import { join } from 'node:path'
import type { RunResult, ScenarioResult } from '../run/result.ts'
import { type Check, runChecks, scenarioChecks } from './checks.ts'
import { cellEvidence, changeEvidence } from './evidence.ts'
import { explainCell, formatCause, formatWhere } from './sentence.ts'
import { writeWhole } from './write-whole.ts'
import { type Element, renderXml } from './xml.ts'

/** The file's name in the results folder. */
export const JUNIT_FILE = 'junit.xml'

/**
 * The run as JUnit XML: a suite for each scenario, a case for each cell and for each cause outside the cells. Pure.
 * Only what the Jenkins xunit plugin's schema takes, so step, file and line of a case stand in its texts.
 */
export function toJunit(result: RunResult): string {
  const suites = result.scenarios.map((scenario) =>
    toSuite({ name: scenario.scenario.id, checks: scenarioChecks(scenario), scenario, result }),
  )
  const own = runChecks(result)
  if (own.length > 0) suites.push(toSuite({ name: 'meshproof', checks: own, result }))
  const all = [...result.scenarios.flatMap(scenarioChecks), ...own]
  return renderXml({
    name: 'testsuites',
    attributes: { name: 'meshproof', ...totals(all), time: seconds(result.ms) },
    children: suites,
  })
}

/**
 * Writes the file into the results folder, as a whole or not at all.
 * @returns the file's path.
 * @throws MeshproofError `report-not-written`.
 */
export async function writeJunit(result: RunResult, dir: string): Promise<string> {
  const file = join(dir, JUNIT_FILE)
  await writeWhole(file, toJunit(result))
  return file
}

interface Suite {
  readonly name: string
  readonly checks: readonly Check[]
  readonly scenario?: ScenarioResult
  readonly result: RunResult
}

function toSuite({ name, checks, scenario, result }: Suite): Element {
  return {
    name: 'testsuite',
    attributes: {
      name,
      ...totals(checks),
      skipped: 0,
      time: seconds(scenario?.ms ?? result.ms),
      timestamp: result.startedAt,
      file: scenario?.scenario.where.file,
    },
    children: [properties(result, scenario), ...checks.map((check) => toCase(check, name))],
  }
}

function properties(result: RunResult, scenario: ScenarioResult | undefined): Element {
  const { mesh } = result
  const pairs = {
    run: result.id,
    title: scenario?.scenario.title,
    reference: scenario?.scenario.reference,
    istio: mesh?.istioVersion,
    proxy: mesh?.proxyBuild,
    kubernetes: mesh?.kubernetesVersion,
    'image-source': mesh?.source,
    meshproof: result.harness.version,
  }
  const children = Object.entries(pairs).map(([name, value]) => (value ? { name: 'property', attributes: { name, value } } : undefined))
  return { name: 'properties', children }
}

function toCase(check: Check, classname: string): Element {
  const { where, step, cell } = check
  const place = [...(where ? [formatWhere(where)] : []), ...(step ? [`step ${step.index + 1}, ${step.title}`] : [])]
  const changes = step && check.verdict !== 'pass' ? changeEvidence(step) : []
  const out = [...(place.length > 0 ? [place.join(': ')] : []), ...changes, ...(cell ? [explainCell(cell), ...cellEvidence(cell)] : [])]
  return {
    name: 'testcase',
    attributes: {
      name: check.name,
      classname: step ? `${classname}.step ${step.index + 1}` : classname,
      time: seconds(duration(check)),
    },
    // One system-out only: some readers in the wild take the first and drop the others.
    children: [problem(check), out.length > 0 ? { name: 'system-out', text: out.join('\n') } : undefined],
  }
}

function problem(check: Check): Element | undefined {
  if (check.verdict === 'pass') return undefined
  const cause = check.cause ?? { code: 'no-cause', message: 'no cause was given' }
  return {
    name: check.verdict === 'fail' ? 'failure' : 'error',
    attributes: { message: formatCause(cause), type: cause.code },
    text: check.cell ? explainCell(check.cell) : `${formatCause(cause)}${check.where ? ` (${formatWhere(check.where)})` : ''}`,
  }
}

/** A cell lasts from its first question to its last answer; a cause as long as nothing, so that no time is counted twice. */
function duration(check: Check): number {
  const attempts = check.cell?.attempts ?? []
  if (attempts.length === 0) return 0
  const begin = Math.min(...attempts.map((attempt) => Date.parse(attempt.at)))
  return Math.max(...attempts.map((attempt) => Date.parse(attempt.at) + attempt.ms)) - begin
}

function totals(checks: readonly Check[]): { tests: number; failures: number; errors: number } {
  return {
    tests: checks.length,
    failures: checks.filter((check) => check.verdict === 'fail').length,
    errors: checks.filter((check) => check.verdict === 'inconclusive').length,
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}
