import { askedInRecord } from '../asked.ts'
import { plural } from '../duration.ts'
import { type Grid, toGrids } from '../grids.ts'
import type { CellRecord } from '../record-schema.ts'
import { renderAnswer } from './answer.ts'
import { enforcedText } from './enforced-text.ts'
import { html, type Markup } from './markup.ts'
import { placeOf, type ScenarioRecord, type StepRecord } from './places.ts'
import { icon, verdictSign } from './signs.ts'

/** The truth tables of a step, one for each question: rows are sources, columns destinations, every cell a link to its evidence. */
export function renderTables(scenario: ScenarioRecord, step: StepRecord): Markup {
  return html`${toGrids(step.cells, askedInRecord).map((grid) => renderTable(scenario, grid))}`
}

function renderTable(scenario: ScenarioRecord, grid: Grid<CellRecord>): Markup {
  const rows = grid.sources.map(
    (source) => html`<tr><th scope="row">${source}</th>${grid.destinations.map((destination) => {
      const cell = grid.at(source, destination)
      return cell ? renderCell(scenario, cell) : html`<td class="none"><span aria-label="not asked">–</span></td>`
    })}</tr>
`,
  )
  return html`<div class="table"><table class="truth">
<caption>${grid.asks}</caption>
<thead><tr><th scope="col">from</th>${grid.destinations.map((destination) => html`<th scope="col">${destination}</th>`)}</tr></thead>
<tbody>
${rows}</tbody></table></div>
`
}

function renderCell(scenario: ScenarioRecord, cell: CellRecord): Markup {
  const place = placeOf(scenario, cell)
  return html`<td class="${cell.verdict}"><a class="cell" id="${place}" href="#${place}" data-verdict="${cell.verdict}">${verdictSign(cell.verdict)}${renderWords(cell)}</a></td>`
}

function renderWords(cell: CellRecord): Markup {
  const { verdict, declared, observed, cause } = cell
  if (verdict === 'pass') return html`<span class="words">${renderAnswer(declared)} ${renderNotes(cell)}</span>`
  const differs = observed && observed.text !== declared.text
  const seen = differs ? html`<span class="seen"><i>seen</i> ${renderAnswer(observed)}</span>` : undefined
  return html`<span class="words">${seen} <span class="meant"><i>declared</i> ${renderAnswer(declared)}</span> <span class="code">${cause?.code}</span> ${renderNotes(cell)}</span>`
}

function renderNotes(cell: CellRecord): Markup | undefined {
  const stale = cell.attempts.filter((attempt) => attempt.fate.kind === 'stale').length
  const enforced = enforcedText(cell)
  if (enforced === undefined && stale === 0) return undefined
  return html`<span class="note">${enforced !== undefined && icon('clock')}${enforced}${enforced !== undefined && stale > 0 && ', '}${stale > 0 && plural(stale, 'stale answer')}</span>`
}
