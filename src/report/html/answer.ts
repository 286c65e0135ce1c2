import { formatDecider } from '../../scenario/format.ts'
import type { Decider, Wire } from '../../scenario/model.ts'
import { html, type Markup } from './markup.ts'
import { icon } from './signs.ts'

/** What one side says about a question: how it ends, what the wire carries, who decides. */
interface Answer {
  readonly outcome: string
  readonly wire?: Wire | undefined
  readonly by?: Decider | undefined
}

/** `403`, a lock, `mtls`, `by deny-get.foo`. */
export function renderAnswer({ outcome, wire, by }: Answer): Markup {
  const carried = wire && html` <span class="wire ${wire}">${icon(wire)}${wire}</span>`
  return html`<span class="answer"><b>${outcome}</b>${carried}${by && html` <span class="by">by ${formatDecider(by)}</span>`}</span>`
}

/** Whether somebody was served: any other outcome is a refusal by somebody. */
export function isServed(outcome: string): boolean {
  return outcome === 'echo' || /^[23]\d\d$/.test(outcome)
}
