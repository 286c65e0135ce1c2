import type { Cause, Verdict } from '../../run/result.ts'
import { askedInRecord } from '../asked.ts'
import { causeVerdict } from '../checks.ts'
import { plural } from '../duration.ts'
import type { CellRecord, RunRecord } from '../record-schema.ts'
import { renderAnswer } from './answer.ts'
import { html, type Markup } from './markup.ts'
import { placeOf, type ScenarioRecord, type StepRecord, whereText } from './places.ts'
import { verdictSign } from './signs.ts'

/** Everything that is not as declared, in one list: what failed first, then what could not be established. */
export function renderAttention(record: RunRecord): Markup {
  const items = attentionOf(record)
  const red = items.filter((item) => item.verdict === 'fail')
  const open = items.filter((item) => item.verdict !== 'fail')
  const title = html`<h2 id="attention-title">${items.length === 0 ? 'Nothing needs attention' : 'Needs attention'}</h2>`
  const none = record.cells.pass === 0 ? 'Nothing was asked.' : 'Every cell was answered as it was declared.'
  return html`<section class="attention" aria-labelledby="attention-title">${title}
${items.length === 0 ? html`<p class="lead">${none}</p>` : html`<ol class="items">${[...red, ...open].map(renderItem)}</ol>`}</section>`
}

type Item =
  | {
      readonly kind: 'cell'
      readonly verdict: Verdict
      readonly scenario: ScenarioRecord
      readonly step: StepRecord
      readonly cell: CellRecord
    }
  | { readonly kind: 'cells'; readonly verdict: Verdict; readonly cause: Cause; readonly cells: readonly Place[] }
  | { readonly kind: 'cause'; readonly verdict: Verdict; readonly cause: Cause; readonly at: string; readonly place?: string }

interface Place {
  readonly place: string
  readonly text: string
}

function attentionOf(record: RunRecord): Item[] {
  const own = record.causes.map(
    (cause): Item => ({ kind: 'cause', verdict: causeVerdict(record.verdict, record.scenarios), cause, at: 'the run as a whole' }),
  )
  const wholes = record.scenarios.flatMap((scenario) => [
    ...scenario.causes.map((cause): Item => {
      return { kind: 'cause', verdict: causeVerdict(scenario.verdict, scenario.steps), cause, at: scenario.title, place: placeOf(scenario) }
    }),
    ...scenario.steps.flatMap((step) =>
      step.causes.map((cause): Item => {
        const at = `${scenario.title}, step ${step.index + 1}`
        return { kind: 'cause', verdict: causeVerdict(step.verdict, step.cells), cause, at, place: placeOf(scenario, step) }
      }),
    ),
  ])
  const cells = record.scenarios.flatMap((scenario) =>
    scenario.steps.flatMap((step) =>
      step.cells
        .filter((cell) => cell.verdict !== 'pass')
        .map((cell) => ({ kind: 'cell', verdict: cell.verdict, scenario, step, cell }) as const),
    ),
  )
  return [...own, ...wholes, ...foldCells(cells)]
}

type CellItem = Extract<Item, { kind: 'cell' }>

/** Many cells that established nothing for one and the same reason are one thing to look at. */
function foldCells(items: readonly CellItem[]): Item[] {
  const keyOf = ({ cell }: CellItem) => (cell.verdict === 'inconclusive' && cell.cause ? JSON.stringify(cell.cause) : undefined)
  const counts = new Map<string, CellItem[]>()
  for (const item of items) {
    const key = keyOf(item)
    if (key !== undefined) counts.set(key, [...(counts.get(key) ?? []), item])
  }
  return items.flatMap((item): Item[] => {
    const group = counts.get(keyOf(item) ?? '')
    if (!group || group.length < FOLD || !item.cell.cause) return [item]
    if (group[0] !== item) return []
    return [{ kind: 'cells', verdict: item.verdict, cause: item.cell.cause, cells: group.map(toPlace) }]
  })
}

const FOLD = 3

function toPlace({ scenario, cell }: CellItem): Place {
  return { place: placeOf(scenario, cell), text: `${scenario.title}, ${cell.id}: ${cell.from.text} → ${cell.to.text}` }
}

function renderItem(item: Item): Markup {
  return html`<li class="item ${item.verdict}">${verdictSign(item.verdict)}<div>${renderBody(item)}</div></li>
`
}

function renderBody(item: Item): Markup {
  switch (item.kind) {
    case 'cause': {
      const at = item.place === undefined ? item.at : html`<a href="#${item.place}">${item.at}</a>`
      return html`<p class="what">${at}</p><p class="details">${item.cause.message} <span class="code">${item.cause.code}</span></p>`
    }
    case 'cells':
      return html`<p class="what">${plural(item.cells.length, 'cell')} for one reason</p><p class="details">${item.cause.message} <span class="code">${item.cause.code}</span></p>
<details class="plain"><summary>Which</summary><ul class="names">${item.cells.map(({ place, text }) => html`<li><a href="#${place}">${text}</a></li>`)}</ul></details>`
    case 'cell':
      return renderCellItem(item)
  }
}

function renderCellItem({ scenario, step, cell }: CellItem): Markup {
  const { from, to, asks } = askedInRecord(cell)
  return html`<p class="what"><a href="#${placeOf(scenario, cell)}">${from} → ${to} <span class="asks">${asks}</span></a></p>
<p class="pair"><span><i>declared</i> ${renderAnswer(cell.declared)}</span> <span><i>seen</i> ${cell.observed ? renderAnswer(cell.observed) : html`<span class="quiet">nothing established</span>`}</span></p>
<p class="details">${cell.cause && html`${cell.cause.message} <span class="code">${cell.cause.code}</span> `}<span class="quiet">${scenario.title}, step ${step.index + 1}: ${step.title} · <code>${whereText(cell.where)}</code></span></p>`
}
