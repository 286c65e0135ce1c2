import type { Cause } from '../../run/result.ts'
import { formatMs, plural } from '../duration.ts'
import type { CellRecord } from '../record-schema.ts'
import { renderChanges } from './changes.ts'
import { renderEvidence } from './evidence.ts'
import { html, type Markup } from './markup.ts'
import { renderPicture } from './mesh-picture.ts'
import { placeOf, type ScenarioRecord, type StepRecord, whereText } from './places.ts'
import { verdictSign } from './signs.ts'
import { renderTables } from './truth-table.ts'

interface SectionOptions {
  readonly open: boolean
  readonly context: string | undefined
  /** Whether a cell's evidence stands in the page itself: for paper, and for readers without the page's program. */
  readonly onPaper: (cell: CellRecord) => boolean
}

/** One scenario with its steps. Opens by itself, without a program. */
export function renderScenario(scenario: ScenarioRecord, options: SectionOptions): Markup {
  const place = placeOf(scenario)
  const cells = scenario.steps.flatMap((step) => step.cells)
  const passed = cells.filter((cell) => cell.verdict === 'pass').length
  const { reference } = scenario
  return html`<details class="scenario ${scenario.verdict}" id="${place}" data-scenario${options.open && ' open'}>
<summary><h2>${verdictSign(scenario.verdict)} <span>${scenario.title}</span></h2><span class="sum">${passed === cells.length ? plural(cells.length, 'cell') : `${passed} of ${plural(cells.length, 'cell')}`} · ${plural(scenario.steps.length, 'step')} · ${formatMs(scenario.ms)}</span></summary>
<div class="story"><p>${scenario.story}</p>
<p class="quiet"><code>${whereText(scenario.where)}</code>${scenario.tags.map((tag) => html` <span class="tag">${tag}</span>`)}${reference !== undefined && isLink(reference) && html` <a href="${reference}" rel="noreferrer">What it comes from</a>`}</p></div>
${renderCauses(scenario.causes)}
${scenario.steps.map((step) => renderStep(scenario, step, options))}
</details>
`
}

function renderStep(scenario: ScenarioRecord, step: StepRecord, { context, onPaper }: SectionOptions): Markup {
  const place = placeOf(scenario, step)
  const changes = renderChanges(scenario, step)
  const enforced = step.verdict === 'pass' && step.timeToEnforceMs !== undefined && html` · enforced in ${formatMs(step.timeToEnforceMs)}`
  return html`<section class="step ${step.verdict}" id="${place}" data-step data-verdict="${step.verdict}" aria-labelledby="${place}-title">
<h3 id="${place}-title">${verdictSign(step.verdict)} <span class="number">${step.index + 1}</span> <span>${step.title}</span> <span class="sum">${formatMs(step.ms)}${enforced}</span></h3>
${renderCauses(step.causes)}
<div class="step-body${changes && ' has-changes'}">${changes}<div class="tables">${renderTables(scenario, step)}</div>${renderPicture(scenario, step)}</div>
${renderLeftOut(step)}
${renderLogs(step)}
${step.cells
  .filter(onPaper)
  .map(
    (cell) =>
      html`<div class="on-paper"><h4>${cell.from.text} → ${cell.to.text} ${cell.asks}</h4>${renderEvidence(cell, { context, attempts: 'telling', changed: step.changes.length > 0 })}</div>`,
  )}
</section>
`
}

/** Cells that version gates left out: an intended difference is told, not hidden. */
function renderLeftOut({ leftOut = [] }: StepRecord): Markup | undefined {
  if (leftOut.length === 0) return undefined
  return html`<details class="plain"><summary>${plural(leftOut.length, 'cell')} not for this version</summary><ul class="names">${leftOut.map(({ name, declared, reason }) => html`<li>${name}: ${declared}, ${reason}</li>`)}</ul></details>`
}

/** What containers had to write to their logs in this step. */
function renderLogs({ logs = [] }: StepRecord): Markup {
  return html`${logs.map(
    ({ from, contains, times, seen, lines }) =>
      html`<details class="plain logs"><summary>${verdictSign(seen < times ? 'fail' : 'pass')} ${from} wrote ${plural(seen, 'line')} with ${contains.map((text, index) => html`${index > 0 && ' and '}<code>${text}</code>`)}; ${times} declared</summary><pre tabindex="0" aria-label="Lines of ${from}"><code>${lines.join('\n')}</code></pre></details>`,
  )}`
}

function renderCauses(causes: readonly Cause[]): Markup {
  return html`${causes.map((cause) => html`<p class="cause">${cause.message} <span class="code">${cause.code}</span></p>`)}`
}

/** A record may hold anything; only what a browser opens as a page becomes a link. */
function isLink(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}
