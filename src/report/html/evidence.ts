import { formatMs } from '../duration.ts'
import type { CellRecord } from '../record-schema.ts'
import { renderAnswer } from './answer.ts'
import { renderAttempts } from './attempt-list.ts'
import { enforcedText } from './enforced-text.ts'
import { html, type Markup } from './markup.ts'
import { whereText } from './places.ts'
import { renderTimeline } from './timeline.ts'

interface EvidenceOptions {
  /** The cluster's name for kubectl. */
  readonly context: string | undefined
  /** Every attempt, or only the one that says most. */
  readonly attempts: 'all' | 'telling'
  /** Whether the step changed anything; if not, times count from its beginning. */
  readonly changed: boolean
}

/** All that is known of one cell: what was declared and seen, why, and every attempt with what was joined to it. */
export function renderEvidence(cell: CellRecord, { context, attempts, changed }: EvidenceOptions): Markup {
  return html`${renderComparison(cell)}
<p class="account">${cell.account}</p>
${
  cell.attempts.length === 0
    ? html`<p class="quiet">It was never asked, so there is no evidence.</p>`
    : html`<h3 class="part">Attempts since ${changed ? 'the change' : 'the step began'}</h3>
${renderTimeline(cell)}${renderLegend(cell)}
${renderAttempts(cell, { context, attempts })}`
}`
}

function renderComparison(cell: CellRecord): Markup {
  const { declared, observed, enforcedWithinMs, cause, where, verdict } = cell
  const enforced = enforcedText(cell)
  const within = enforcedWithinMs !== undefined && html` <span class="by">within ${formatMs(enforcedWithinMs)}</span>`
  const after = enforced !== undefined && html` <span class="by">${enforced}</span>`
  return html`<dl class="compare ${verdict}">
<div><dt>Declared</dt><dd>${renderAnswer(declared)}${within}${texts('with', declared.sees)}${texts('without', declared.lacks)}</dd></div>
<div><dt>Seen</dt><dd>${observed ? renderAnswer(observed) : html`<span class="quiet">nothing established</span>`}${after}${texts('lacking', observed?.missing)}${texts('with', observed?.unwanted)}</dd></div>
${renderWatch(cell)}
${cause && html`<div><dt>Cause</dt><dd>${cause.message} <span class="code">${cause.code}</span></dd></div>`}
<div><dt>Declared in</dt><dd><code>${whereText(where)}</code></dd></div>
</dl>`
}

/** How a watched cell was asked, what its answers were to turn to, and when they did. */
function renderWatch({ watch, turnedAfterMs }: CellRecord): Markup | undefined {
  if (!watch) return undefined
  const { overMs, everyMs, turn } = watch
  const turns =
    turn && `; to turn to ${turn.to} between ${formatMs(turn.earliestMs)} and ${formatMs(turn.latestMs)} after the first question`
  const turned = turnedAfterMs !== undefined && `; turned after ${formatMs(turnedAfterMs)}`
  return html`<div><dt>Watched</dt><dd>for ${formatMs(overMs)}, asked every ${formatMs(everyMs)}${turns}${turned}</dd></div>`
}

function texts(word: string, list: readonly string[] | undefined): Markup | undefined {
  if (!list || list.length === 0) return undefined
  return html`<ul class="texts">${list.map((text) => html`<li>${word} <code>${text}</code></li>`)}</ul>`
}

/** Only what is in the timeline. */
function renderLegend({ attempts }: CellRecord): Markup {
  const fates = (['counted', 'stale', 'void'] as const).filter((fate) => attempts.some((attempt) => attempt.fate.kind === fate))
  const entries = fates.map(
    (fate) =>
      html`<li><svg width="14" height="10" aria-hidden="true"><rect class="bar ${fate}" x=".6" y=".6" width="12.8" height="8.8" rx="2.5"/></svg> ${FATES[fate]}</li>`,
  )
  return html`<ul class="legend">${entries}</ul>`
}

const FATES = {
  counted: 'counted',
  stale: 'stale: over a connection older than the change, never judged',
  void: 'void: established nothing',
} as const
