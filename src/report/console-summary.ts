import { basename, dirname } from 'node:path'
import type { RunResult, Verdict } from '../run/result.ts'
import { type Counts, causeVerdict, countCells, countChecks } from './checks.ts'
import { causeLines } from './console-step.ts'
import { formatMs, plural } from './duration.ts'
import type { Look } from './look.ts'
import { RECORD_FILE } from './record.ts'
import { formatCause } from './sentence.ts'

/** Where `meshproof explain` looks unless told otherwise. */
const DEFAULT_RESULTS = 'test-results'

/** The end of a run: its own causes, the verdict with what ran, counts, where results lie, and the closing line. */
export function summaryLines(result: RunResult, look: Look, files: readonly string[]): string[] {
  const cells = countCells(result)
  const checks = countChecks(result)
  return [
    ...causeLines(result.causes, causeVerdict(result.verdict, result.scenarios), look),
    ...untoldLines(result, look),
    look.bold(verdictLine(result, look)),
    ...table([
      ['cells', countsText(cells)],
      ...(total(checks) === total(cells) ? [] : [['besides', countsText(minus(checks, cells))] as const]),
      ['took', `${formatMs(result.ms)}, ${plural(result.scenarios.length, 'scenario')}, ${staleText(result)}`],
      ...(files.length === 0 ? [] : [['results', files.join(', ')] as const]),
      ...explainRow(result, files),
    ]),
    closingLine(checks),
  ]
}

/** `41 passed, 1 failed`: exactly this form, for what reads the last line. Inconclusive is not passed. */
function closingLine(counts: Counts): string {
  return `${counts.pass} passed, ${counts.fail + counts.inconclusive} failed`
}

/** How to look at the worst cell again. Only with the record at hand, from which it is told. */
function explainRow({ scenarios }: RunResult, files: readonly string[]): [string, string][] {
  const record = files.find((file) => basename(file) === RECORD_FILE)
  const asked = scenarios.flatMap(({ scenario, steps }) =>
    steps.flatMap((step) => step.cells.filter(({ attempts }) => attempts.length > 0).map((cell) => ({ scenario, cell }))),
  )
  const worst = asked.find(({ cell }) => cell.verdict === 'fail') ?? asked.find(({ cell }) => cell.verdict === 'inconclusive')
  if (record === undefined || !worst) return []
  const where = dirname(record) === DEFAULT_RESULTS ? '' : ` --record ${record}`
  return [['explain', `npx meshproof explain ${worst.scenario.id}:${worst.cell.cell.where.line}${where}`]]
}

/** What no event has told: cells that were never asked, by reason, and red without a reason. */
function untoldLines(result: RunResult, look: Look): string[] {
  const steps = result.scenarios.flatMap((one) => one.steps)
  const reasons = new Map<string, number>()
  for (const { cause } of steps.flatMap((step) => step.cells)) {
    if (cause?.code === 'not-asked') reasons.set(cause.message, (reasons.get(cause.message) ?? 0) + 1)
  }
  const unasked = [...reasons].map(([reason, count]) => ({ code: 'not-asked', message: `${plural(count, 'cell')} never asked: ${reason}` }))
  const unexplained = [...steps, ...result.scenarios].flatMap((whole) =>
    whole.causes.filter((cause) => cause.code === 'unexplained-verdict' || cause.code === 'not-asked'),
  )
  return causeLines([...unasked, ...unexplained], 'inconclusive', look)
}

/** Every verdict names the image source and the proxy build: a verdict on one build says nothing of another. */
function verdictLine(result: RunResult, look: Look): string {
  const words: Record<Verdict, string> = { pass: 'conformant', fail: 'not conformant', inconclusive: 'inconclusive' }
  const verdict = look.paint(
    result.verdict,
    `${look.glyph[result.verdict]} ${result.interrupted ? 'interrupted, ' : ''}${words[result.verdict]}`,
  )
  const { mesh } = result
  if (!mesh) return `${verdict}: ${result.causes[0] ? formatCause(result.causes[0]) : 'no mesh came up'}`
  return `${verdict}: Istio ${mesh.istioVersion} on Kubernetes ${mesh.kubernetesVersion}, image source ${mesh.source}, proxy ${mesh.proxyBuild}`
}

function countsText(counts: Counts): string {
  return `${counts.pass} passed, ${counts.fail} failed, ${counts.inconclusive} inconclusive`
}

function staleText(result: RunResult): string {
  const attempts = result.scenarios.flatMap((one) => one.steps.flatMap((step) => step.cells.flatMap((cell) => cell.attempts)))
  const stale = attempts.filter((attempt) => attempt.fate.kind === 'stale').length
  return `${plural(attempts.length, 'answer')} of which ${stale} stale`
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  return rows.map(([label, text]) => `  ${label.padEnd(8)} ${text}`)
}

function total(counts: Counts): number {
  return counts.pass + counts.fail + counts.inconclusive
}

function minus(left: Counts, right: Counts): Counts {
  return { pass: left.pass - right.pass, fail: left.fail - right.fail, inconclusive: left.inconclusive - right.inconclusive }
}
