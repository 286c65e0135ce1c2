import { formatMs } from '../duration.ts'
import { html, type Markup } from './markup.ts'
import type { ScenarioRecord, StepRecord } from './places.ts'
import { renderYaml } from './yaml.ts'

type Change = StepRecord['changes'][number]

/** What a step changed, with its YAML, and how the change arrived. Lines that the object did not have before are marked. Nothing where nothing changed. */
export function renderChanges(scenario: ScenarioRecord, step: StepRecord): Markup | undefined {
  if (step.changes.length === 0) return undefined
  const changes = step.changes.map((change, index) => renderChange(change, formerYaml(scenario, step, index)))
  return html`<div class="changes">${changes}${renderArrival(step)}</div>`
}

function renderArrival({ settleMs, altered, causes }: StepRecord): Markup {
  if (causes.length > 0) return html`<p class="quiet">The proxies were waited for until ${formatMs(settleMs)} had passed.</p>`
  const arrived = `Every proxy ran it after ${formatMs(settleMs)}`
  if (altered.length === 0) return html`<p class="quiet">${arrived}; none was altered by it.</p>`
  const proxies = altered.length === 1 ? 'one proxy was' : `${altered.length} proxies were`
  return html`<details class="plain"><summary>${arrived}; ${proxies} altered</summary><ul class="names">${altered.map((name) => html`<li>${name}</li>`)}</ul></details>`
}

function renderChange({ action, object, yaml, warnings, refused }: Change, former: string | undefined): Markup {
  const gone = action === 'delete'
  const said =
    refused === undefined && action === 'apply' && former !== undefined ? 'altered' : refused === undefined ? ACTIONS[action] : 'refused'
  return html`<div class="change">
<h4><span class="action ${said}">${said}</span> ${object}</h4>
${gone ? former !== undefined && renderYaml({ text: '', former }) : yaml !== undefined && renderYaml({ text: yaml, former })}
${warnings.map((warning) => html`<p class="said"><b>The API server warned:</b> ${warning}</p>`)}
${refused !== undefined && html`<p class="said"><b>The webhook refused it:</b> ${refused}</p>`}
</div>`
}

const ACTIONS = { apply: 'applied', delete: 'deleted', alter: 'altered', restore: 'restored' } as const

/** The object as this scenario last applied it, unless it was deleted since. */
function formerYaml(scenario: ScenarioRecord, step: StepRecord, index: number): string | undefined {
  const object = step.changes[index]?.object
  const before = [
    ...scenario.steps.filter((one) => one.index < step.index).flatMap((one) => one.changes),
    ...step.changes.slice(0, index),
  ].filter((one) => one.object === object && one.refused === undefined)
  const last = before.at(-1)
  return last?.action === 'apply' || last?.action === 'alter' ? last.yaml : undefined
}
