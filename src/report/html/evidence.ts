import { formatMs } from '../duration.ts'
import type { AttemptRecord, CellRecord } from '../record-schema.ts'
import { renderAnswer } from './answer.ts'
import { renderAttempt } from './attempt.ts'
import { html, type Markup } from './markup.ts'
import { whereText } from './places.ts'
import { renderTimeline } from './timeline.ts'

interface EvidenceOptions {
  /** The cluster's name for kubectl. */
  readonly context: string | undefined
  /** Every attempt, or only the one that says most. */
  readonly attempts: 'all' | 'telling'
}

/** All that is known of one cell: what was declared and seen, why, and every attempt with what was joined to it. */
export function renderEvidence(cell: CellRecord, { context, attempts }: EvidenceOptions): Markup {
  const telling = tellingAttempt(cell)
  const shown = attempts === 'all' ? cell.attempts : cell.attempts.filter((attempt) => attempt === telling)
  return html`${renderComparison(cell)}
<p class="account">${cell.account}</p>
${
  cell.attempts.length === 0
    ? html`<p class="quiet">It was never asked, so there is no evidence.</p>`
    : html`<h3>Attempts since the change</h3>
${renderTimeline(cell)}${LEGEND}
${shown.map((attempt) => renderAttempt(attempt, { cell, context, open: attempt === telling }))}`
}`
}

function renderComparison({ declared, observed, enforcedWithinMs, timeToEnforceMs, cause, where, verdict }: CellRecord): Markup {
  const within = enforcedWithinMs !== undefined && html` <span class="by">within ${formatMs(enforcedWithinMs)}</span>`
  const after = timeToEnforceMs !== undefined && html` <span class="by">enforced in ${formatMs(timeToEnforceMs)}</span>`
  return html`<dl class="compare ${verdict}">
<div><dt>Declared</dt><dd>${renderAnswer(declared)}${within}${texts('with', declared.sees)}${texts('without', declared.lacks)}</dd></div>
<div><dt>Seen</dt><dd>${observed ? renderAnswer(observed) : html`<span class="quiet">nothing established</span>`}${after}${texts('lacking', observed?.missing)}${texts('with', observed?.unwanted)}</dd></div>
${cause && html`<div><dt>Cause</dt><dd>${cause.message} <span class="code">${cause.code}</span></dd></div>`}
<div><dt>Declared in</dt><dd><code>${whereText(where)}</code></dd></div>
</dl>`
}

function texts(word: string, list: readonly string[] | undefined): Markup | undefined {
  if (!list || list.length === 0) return undefined
  return html`<ul class="texts">${list.map((text) => html`<li>${word} <code>${text}</code></li>`)}</ul>`
}

/** The first that counted against the declaration, else the first that counted, else the last. */
function tellingAttempt({ attempts, declared }: CellRecord): AttemptRecord | undefined {
  const counted = attempts.filter((attempt) => attempt.fate.kind === 'counted')
  return counted.find((attempt) => attempt.seen?.text !== declared.text) ?? counted[0] ?? attempts.at(-1)
}

const LEGEND = html`<ul class="legend">
<li><svg width="14" height="10" aria-hidden="true"><rect class="bar counted" width="14" height="10" rx="2.5"/></svg> counted</li>
<li><svg width="14" height="10" aria-hidden="true"><rect class="bar stale" x=".5" y=".5" width="13" height="9" rx="2.5"/></svg> stale: over a connection older than the change, never judged</li>
<li><svg width="14" height="10" aria-hidden="true"><rect class="bar void" x=".5" y=".5" width="13" height="9" rx="2.5"/></svg> void: established nothing</li>
</ul>`
