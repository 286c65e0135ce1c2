import { formatMs, plural } from '../duration.ts'
import type { RunRecord } from '../record-schema.ts'
import { html, type Markup } from './markup.ts'
import { placeOf, type ScenarioRecord, type StepRecord } from './places.ts'
import { niceEnd, round } from './timeline.ts'

interface Column {
  readonly scenario: ScenarioRecord
  readonly step: StepRecord
  readonly slowest: number
}

/** Time-to-enforce of every step that has one: the slowest cell as a column, every cell as a dot, a table of the same beneath. */
export function renderEnforcement(record: RunRecord): Markup | undefined {
  const columns = record.scenarios.flatMap((scenario) =>
    scenario.steps.flatMap((step): Column[] =>
      step.timeToEnforceMs === undefined ? [] : [{ scenario, step, slowest: step.timeToEnforceMs }],
    ),
  )
  if (columns.length === 0) return undefined
  const summary = summarize(columns)
  return html`<section class="enforcement" aria-labelledby="enforcement-title"><h2 id="enforcement-title">Time to enforce</h2>
<p class="lead">${summary}</p>
<div class="scroll" tabindex="0" role="region" aria-label="Chart of time to enforce">${renderChart(columns, summary)}</div>
<ul class="legend"><li><svg width="14" height="12" aria-hidden="true"><rect class="column" width="14" height="12" rx="2"/></svg> slowest cell of a step, from the API server’s answer to the first counted answer</li><li><svg width="10" height="12" aria-hidden="true"><circle class="dot" cx="5" cy="6" r="3"/></svg> each cell</li><li><svg width="14" height="12" aria-hidden="true"><path class="settled" d="M0 6h14"/></svg> every proxy ran it</li>${columns.some(({ step }) => step.verdict !== 'pass') && RED}</ul>
<details class="plain"><summary>The same as a table</summary>${renderTable(columns)}</details></section>`
}

const RED = html`<li><svg width="30" height="12" aria-hidden="true"><rect class="column fail" width="14" height="12" rx="2"/><rect class="column inconclusive" x="16" width="14" height="12" rx="2"/></svg> steps that did not end as declared</li>`

const WIDTH = 960
const HEIGHT = 210
const AXIS = { left: 52, top: 12, bottom: 34 } as const

function renderChart(columns: readonly Column[], summary: string): Markup {
  const end = niceEnd(Math.max(...columns.flatMap(({ step, slowest }) => [slowest, step.settleMs])))
  const y = (ms: number) => round(HEIGHT - AXIS.bottom - (ms / end) * (HEIGHT - AXIS.bottom - AXIS.top))
  const room = (WIDTH - AXIS.left) / columns.length
  const width = round(Math.min(44, room * 0.7))
  const x = (index: number) => round(AXIS.left + room * (index + 0.5))
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => part * end)
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${summary}">
${ticks.map((tick) => html`<line class="grid" x1="${AXIS.left}" x2="${WIDTH}" y1="${y(tick)}" y2="${y(tick)}"/><text class="tick" x="${AXIS.left - 8}" y="${y(tick) + 4}" text-anchor="end">${tick === 0 ? '0' : formatMs(tick)}</text>`)}
${columns.map((column, index) => renderColumn(column, { x: x(index), y, width }))}
${groupByScenario(columns).map(({ scenario, from, to }) => renderGroup({ scenario, begin: AXIS.left + room * from, end: AXIS.left + room * to }))}</svg>`
}

function renderColumn(
  { scenario, step, slowest }: Column,
  { x, y, width }: { x: number; y: (ms: number) => number; width: number },
): Markup {
  const left = round(x - width / 2)
  const top = y(slowest)
  const times = step.cells.flatMap((cell) => cell.timeToEnforceMs ?? [])
  return html`<g data-place="${placeOf(scenario, step)}"><title>${scenario.title}, step ${step.index + 1}: ${formatMs(slowest)}</title><rect class="column ${step.verdict}" x="${left}" y="${top}" width="${width}" height="${round(y(0) - top)}" rx="2"/>
<path class="settled" d="M${left} ${y(step.settleMs)}h${width}"/>${times.map((ms) => html`<circle class="dot" cx="${x}" cy="${y(ms)}" r="3"/>`)}</g>
`
}

function renderGroup({
  scenario,
  begin,
  end,
}: {
  readonly scenario: ScenarioRecord
  readonly begin: number
  readonly end: number
}): Markup {
  const letters = Math.floor((end - begin) / 6.6)
  const name = scenario.id.length > letters ? `${scenario.id.slice(0, Math.max(0, letters - 1))}…` : scenario.id
  return html`<path class="axis" d="M${round(begin + 3)} ${HEIGHT - AXIS.bottom + 6}H${round(end - 3)}"/>${letters > 3 && html`<text class="tick" x="${round((begin + end) / 2)}" y="${HEIGHT - 10}" text-anchor="middle"><title>${scenario.title}</title>${name}</text>`}`
}

interface Group {
  readonly scenario: ScenarioRecord
  readonly from: number
  readonly to: number
}

function groupByScenario(columns: readonly Column[]): Group[] {
  return [...new Set(columns.map(({ scenario }) => scenario))].map((scenario) => {
    const from = columns.findIndex((column) => column.scenario === scenario)
    return { scenario, from, to: columns.findLastIndex((column) => column.scenario === scenario) + 1 }
  })
}

function renderTable(columns: readonly Column[]): Markup {
  const rows = columns.map(
    ({ scenario, step, slowest }) =>
      html`<tr><th scope="row"><a href="#${placeOf(scenario, step)}">${scenario.title}: ${step.index + 1}. ${step.title}</a></th><td>${formatMs(slowest)}</td><td>${formatMs(step.settleMs)}</td></tr>
`,
  )
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Times to enforce"><table class="facts"><thead><tr><th scope="col">Step</th><th scope="col">Enforced</th><th scope="col">Every proxy ran it</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

/** Of the steps that ended as declared: elsewhere nothing was enforced, there was only a first answer. */
function summarize(columns: readonly Column[]): string {
  const sorted = columns.filter(({ step }) => step.verdict === 'pass').toSorted((a, b) => a.slowest - b.slowest)
  const median = sorted[Math.floor((sorted.length - 1) / 2)]
  const slowest = sorted.at(-1)
  const steps = `${plural(columns.length, 'step')} changed what must happen`
  if (!median || !slowest) return `${steps}; none ended as declared.`
  const those = sorted.length === columns.length ? steps : `${steps}, ${sorted.length} ended as declared`
  const where = `${slowest.scenario.title}, step ${slowest.step.index + 1}`
  return sorted.length === 1
    ? `${those}: enforced after ${formatMs(slowest.slowest)}.`
    : `${those}: enforced after ${formatMs(median.slowest)} in the median, ${formatMs(slowest.slowest)} at the slowest (${where}).`
}
