import type { Where } from '../error.ts'
import type { Cause, Verdict } from '../run/result.ts'
import { askedInRecord } from './asked.ts'
import { cellText } from './cell-text.ts'
import { formatMs, plural } from './duration.ts'
import { toGrids } from './grids.ts'
import { escapeHtml, escapeMarkdown, fitParts, markdownTable } from './markdown-text.ts'
import { RECORD_FILE } from './record.ts'
import type { CellRecord, RunRecord } from './record-schema.ts'
import { formatCause, formatWhere } from './sentence.ts'

interface SummaryOptions {
  /** Bytes of UTF-8; what matters least is left out beyond them. GitHub takes 1 MiB a step. */
  readonly limit?: number
  /** Where a place in a scenario file can be looked at; undefined leaves it as text. */
  readonly linkTo?: (where: Where) => string | undefined
}

type ScenarioRecord = RunRecord['scenarios'][number]
type StepRecord = ScenarioRecord['steps'][number]

/** A run as Markdown: the verdict, then what is red with its compact truth tables and sentences, then all truth tables folded. Pure. */
export function summaryMarkdown(record: RunRecord, { limit = Number.POSITIVE_INFINITY, linkTo }: SummaryOptions = {}): string {
  const scenarios = redFirst(record.scenarios)
  const red = scenarios.filter((one) => one.verdict !== 'pass')
  const parts = [
    headPart(record),
    ...causeParts(record.causes),
    ...red.flatMap((one) => redParts(one, linkTo)),
    overviewPart(scenarios),
    ...scenarios.map(foldedPart),
  ]
  return fitParts(
    parts,
    limit,
    (count) => `\n_${plural(count, 'part')} of this summary left out for its size; ${RECORD_FILE} holds all._\n`,
  )
}

const SIGNS = { glyph: { pass: '✅', fail: '❌', inconclusive: '❔' }, unequal: '≠' } as const
const VERDICTS: Readonly<Record<Verdict, string>> = { pass: 'conformant', fail: 'not conformant', inconclusive: 'inconclusive' }
const RANKS: readonly Verdict[] = ['fail', 'inconclusive', 'pass']

function redFirst<T extends { readonly verdict: Verdict }>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => RANKS.indexOf(a.verdict) - RANKS.indexOf(b.verdict))
}

function headPart(record: RunRecord): string {
  const { mesh, cells, verdict } = record
  const facts = mesh
    ? `Istio ${mesh.istio} on Kubernetes ${mesh.kubernetes}, image source **${mesh.imageSource}**, proxy ${escapeMarkdown(mesh.proxyBuild)}`
    : 'no mesh came up'
  return [
    `## ${SIGNS.glyph[verdict]} meshproof: ${record.interrupted ? 'interrupted, ' : ''}${VERDICTS[verdict]}\n`,
    `${facts}; ${plural(record.scenarios.length, 'scenario')} in ${formatMs(record.ms)}, run \`${record.id}\`\n`,
    markdownTable(
      ['', 'passed', 'failed', 'inconclusive'],
      [
        ['cells', ...[cells.pass, cells.fail, cells.inconclusive].map(String)],
        ['all checks', ...[record.checks.pass, record.checks.fail, record.checks.inconclusive].map(String)],
      ],
    ),
    '',
  ].join('\n')
}

function causeParts(causes: readonly Cause[]): string[] {
  return causes.map((cause) => `\n- ${SIGNS.glyph.inconclusive} ${escapeMarkdown(formatCause(cause))}\n`)
}

function redParts(scenario: ScenarioRecord, linkTo: SummaryOptions['linkTo']): string[] {
  const title = `\n### ${SIGNS.glyph[scenario.verdict]} ${escapeMarkdown(scenario.title)} ${placeText(scenario.where, linkTo)}\n`
  const steps = redFirst(scenario.steps.filter((step) => step.causes.length > 0 || step.cells.some(isTold)))
  const unasked = scenario.steps.flatMap((step) => step.cells.filter(isUnasked))
  const reasons = [...new Set(unasked.map((cell) => cell.cause?.message ?? ''))]
  return [
    title,
    ...causeParts(scenario.causes),
    ...steps.flatMap((step) => redStepParts(step, linkTo)),
    ...reasons.map((reason) => {
      const count = unasked.filter((cell) => cell.cause?.message === reason).length
      return `\n- ${SIGNS.glyph.inconclusive} ${plural(count, 'cell')} never asked: ${escapeMarkdown(reason)}\n`
    }),
  ]
}

function redStepParts(step: StepRecord, linkTo: SummaryOptions['linkTo']): string[] {
  const told = redFirst(step.cells.filter(isTold))
  return [
    `\n**${step.index + 1}. ${escapeMarkdown(step.title)}**\n${told.length === 0 ? '' : tables(step.cells, { redOnly: true })}`,
    ...causeParts(step.causes),
    ...told.map((cell) => `\n- ${SIGNS.glyph[cell.verdict]} ${placeText(cell.where, linkTo)}: ${escapeMarkdown(sentence(cell))}\n`),
  ]
}

function isUnasked({ cause }: CellRecord): boolean {
  return cause?.code === 'not-asked'
}

/** Red for a reason of its own, which is told for itself. */
function isTold(cell: CellRecord): boolean {
  return cell.verdict !== 'pass' && !isUnasked(cell)
}

/** The account without the place at its end, which stands before it. */
function sentence({ account, where }: CellRecord): string {
  const place = ` (${formatWhere(where)})`
  return account.endsWith(place) ? account.slice(0, -place.length) : account
}

function placeText(where: Where, linkTo: SummaryOptions['linkTo']): string {
  const text = `\`${where.file}:${where.line}\``
  const link = linkTo?.(where)
  return link === undefined ? text : `[${text}](${link})`
}

function overviewPart(scenarios: readonly ScenarioRecord[]): string {
  const rows = scenarios.map((one) => {
    const cells = one.steps.flatMap((step) => step.cells)
    const passed = cells.filter((cell) => cell.verdict === 'pass').length
    const slowest = Math.max(...one.steps.map((step) => step.timeToEnforceMs ?? 0), 0)
    return [
      SIGNS.glyph[one.verdict],
      escapeMarkdown(one.title),
      `${passed} of ${cells.length}`,
      slowest === 0 ? '' : formatMs(slowest),
      formatMs(one.ms),
    ]
  })
  return `\n${markdownTable(['', 'scenario', 'cells as declared', 'slowest to enforce', 'took'], rows)}\n`
}

function foldedPart(scenario: ScenarioRecord): string {
  const steps = scenario.steps.map(
    (step) =>
      `\n${SIGNS.glyph[step.verdict]} **${step.index + 1}. ${escapeMarkdown(step.title)}**\n${tables(step.cells, { redOnly: false })}`,
  )
  const summary = `${SIGNS.glyph[scenario.verdict]} all truth tables: ${escapeHtml(scenario.title)}`
  return `\n<details><summary>${summary}</summary>\n${steps.join('')}\n</details>\n`
}

/** The truth tables, rows with red in them first; with `redOnly` those alone. */
function tables(cells: readonly CellRecord[], { redOnly }: { readonly redOnly: boolean }): string {
  return toGrids(cells, askedInRecord)
    .map((grid) => {
      const rows = grid.sources.map((from) => {
        const results = grid.destinations.map((to) => grid.at(from, to))
        const worst = RANKS.find((verdict) => results.some((result) => result?.verdict === verdict)) ?? 'pass'
        return { from, results, verdict: worst }
      })
      const shown = redFirst(rows).filter((row) => !redOnly || row.verdict !== 'pass')
      if (shown.length === 0) return ''
      const heads = [escapeMarkdown(grid.asks), ...grid.destinations.map(escapeMarkdown)]
      const lines = shown.map(({ from, results }) => [escapeMarkdown(from), ...results.map((one) => (one ? tableCell(one) : ''))])
      return `\n${markdownTable(heads, lines)}\n`
    })
    .join('')
}

function tableCell({ verdict, declared, observed, cause }: CellRecord): string {
  return escapeMarkdown(cellText({ verdict, declared: declared.text, observed: observed?.text, cause }, SIGNS))
}
