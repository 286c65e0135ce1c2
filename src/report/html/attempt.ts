import { formatMs } from '../duration.ts'
import type { AttemptRecord, CellRecord } from '../record-schema.ts'
import { renderAnswer } from './answer.ts'
import { html, type Markup } from './markup.ts'
import { icon } from './signs.ts'

interface AttemptOptions {
  readonly cell: CellRecord
  readonly context: string | undefined
  readonly open: boolean
}

/** One attempt: when, what was run, what came back, what the proxies logged, what the wire carried. */
export function renderAttempt(attempt: AttemptRecord, { cell, context, open }: AttemptOptions): Markup {
  const { n, ms, at, sinceChangeMs, fate, seen, exitCode, body, wireEvidence, serverLog, clientLog } = attempt
  return html`<details class="attempt"${open && ' open'}>
<summary><span class="n">${n}</span> <span class="fate ${fate.kind}">${fate.kind}</span> ${seen ? renderAnswer(seen) : html`<span class="quiet">no answer</span>`}
<span class="when">+${formatMs(sinceChangeMs)}</span></summary>
${renderFate(fate)}
<p class="quiet">Asked at <time datetime="${at}">${at}</time>, answered after ${formatMs(ms)}${exitCode !== undefined && `, exit code ${exitCode}`}.</p>
${renderCode({ title: 'Ask again, from outside', text: fromOutside(cell, context, attempt.command) })}
${renderCode({ title: 'The command in the pod', text: attempt.command })}
${wireEvidence !== undefined && html`<h4>On the wire</h4><p class="wire-evidence">${wireEvidence}</p>`}
${body !== undefined && body !== '' && renderCode({ title: 'Response', text: body })}
${serverLog && renderLog('Server proxy’s access log', serverLog)}
${clientLog && renderLog('Client proxy’s access log', clientLog)}
</details>`
}

function renderFate(fate: AttemptRecord['fate']): Markup | undefined {
  if (fate.kind === 'stale') return html`<p class="said"><b>Stale, never judged:</b> ${fate.reason}</p>`
  if (fate.kind === 'void') return html`<p class="said"><b>Void:</b> ${fate.cause.message} <span class="code">${fate.cause.code}</span></p>`
  return undefined
}

function renderCode({ title, text }: { readonly title: string; readonly text: string }): Markup {
  return html`<div class="copyable"><h4>${title}</h4><button type="button" class="copy" data-copy aria-label="Copy: ${title}">${icon('copy')}<span>Copy</span></button><pre tabindex="0" aria-label="${title}"><code>${text}</code></pre></div>`
}

function renderLog(title: string, log: Readonly<Record<string, unknown>>): Markup {
  const entries = Object.entries(log)
  const said = entries.filter(([, value]) => value !== null && value !== '-')
  const silent = entries.filter(([, value]) => value === null || value === '-').map(([name]) => name)
  return html`<h4>${title}</h4><dl class="log">${said.map(([name, value]) => html`<dt>${name}</dt><dd>${typeof value === 'string' ? value : JSON.stringify(value)}</dd>`)}</dl>
${silent.length > 0 && html`<p class="quiet">Empty: ${silent.join(', ')}</p>`}`
}

function fromOutside({ from }: CellRecord, context: string | undefined, command: string): string {
  // A port-forward is opened from outside as it is.
  if (from.kind === 'port-forward') return command
  const cluster = context === undefined ? '' : ` --context ${quote(context)}`
  const container = from.container === undefined ? '' : ` -c ${quote(from.container)}`
  const inPod = /^[^|&;<>()$`\\]*$/.test(command) ? command : `sh -c ${quote(command)}`
  return `kubectl${cluster} -n ${quote(from.namespace)} exec ${quote(`deploy/${from.app}`)}${container} -- ${inPod}`
}

/** A word for a POSIX shell. */
function quote(text: string): string {
  return /^[\w./:@=-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`
}
