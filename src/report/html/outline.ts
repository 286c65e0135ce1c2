import type { RunRecord } from '../record-schema.ts'
import { html, type Markup } from './markup.ts'
import { placeOf, type ScenarioRecord } from './places.ts'
import { verdictSign } from './signs.ts'

/** Every scenario as a line and every cell as a dot: the whole run at a glance, and the way to each scenario. */
export function renderOutline(record: RunRecord): Markup {
  return html`<nav class="outline" aria-label="Scenarios"><ol>${record.scenarios.map(
    (
      scenario,
    ) => html`<li data-outline="${placeOf(scenario)}"><a href="#${placeOf(scenario)}">${verdictSign(scenario.verdict)}<span>${scenario.title}</span></a>${renderDots(scenario)}</li>
`,
  )}</ol></nav>`
}

const SIZE = 8
const STEP = 10
const PER_ROW = 22

/** Cells in the order of their steps, steps apart; a red one is taller, so that it is seen without colour. */
function renderDots(scenario: ScenarioRecord): Markup {
  let column = 0
  let row = 0
  const dots = scenario.steps.flatMap((step) => {
    if (column > 0 && column + step.cells.length > PER_ROW) {
      column = 0
      row += 1
    }
    const inStep = step.cells.map((cell) => {
      if (column >= PER_ROW) {
        column = 0
        row += 1
      }
      const red = cell.verdict !== 'pass'
      const dot = html`<rect class="dot ${cell.verdict}" data-place="${placeOf(scenario, cell)}" x="${column * STEP + (red ? 0 : 1)}" y="${row * (STEP + 2) + (red ? 0 : 2)}" width="${red ? SIZE + 1 : SIZE - 1}" height="${red ? SIZE + 2 : SIZE - 1}" rx="1.5"/>`
      column += 1
      return dot
    })
    column += 0.6
    return inStep
  })
  const height = (row + 1) * (STEP + 2)
  return html`<svg class="dots" viewBox="0 0 ${(PER_ROW + 2) * STEP} ${height}" width="${(PER_ROW + 2) * STEP}" height="${height}" aria-hidden="true">${dots}</svg>`
}
