import type { RunRecord } from '../record-schema.ts'
import { html, type Markup } from './markup.ts'
import { placeOf } from './places.ts'
import { verdictSign } from './signs.ts'

/** The filters. Hidden until the page's program runs, for without it they do nothing. */
export function renderToolbar({ cells, scenarios }: RunRecord): Markup {
  const all = cells.pass + cells.fail + cells.inconclusive
  const buttons = (['fail', 'inconclusive', 'pass'] as const).map(
    (verdict) =>
      html`<button type="button" data-filter="${verdict}" aria-pressed="false">${verdictSign(verdict)} ${WORDS[verdict]} <b>${cells[verdict]}</b></button>`,
  )
  return html`<div class="toolbar" role="search" aria-label="Filter cells" hidden>
<label class="search"><span class="visually-hidden">Search cells</span><input type="search" id="search" placeholder="Search: source, destination, policy, code…" autocomplete="off" spellcheck="false"></label>
<div class="verdicts" role="group" aria-label="Verdict"><button type="button" data-filter="all" aria-pressed="true">All <b>${all}</b></button>${buttons}</div>
<label class="pick"><span class="visually-hidden">Scenario</span><select id="scenario"><option value="">All scenarios</option>${scenarios.map((scenario) => html`<option value="${placeOf(scenario)}">${scenario.title}</option>`)}</select></label>
<span class="count" role="status" id="count">${all} shown</span>
<button type="button" class="quiet-button" data-fold>Collapse all</button>
</div>`
}

const WORDS = { pass: 'Passed', fail: 'Failed', inconclusive: 'Inconclusive' } as const
