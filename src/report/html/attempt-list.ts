import { formatMs, plural } from '../duration.ts'
import type { AttemptRecord, CellRecord } from '../record-schema.ts'
import { renderAttempt } from './attempt.ts'
import { html, type Markup } from './markup.ts'
import { answerOf, CROWD } from './timeline.ts'

interface ListOptions {
  readonly context: string | undefined
  /** Every attempt, or only the one that says most. */
  readonly attempts: 'all' | 'telling'
}

/** The attempts of a cell in their order, the one that says most open. Of a stretch of equal ones only the first, where there are many. */
export function renderAttempts(cell: CellRecord, { context, attempts }: ListOptions): Markup {
  const telling = tellingAttempt(cell)
  const one = (attempt: AttemptRecord) => renderAttempt(attempt, { cell, context, open: attempt === telling })
  if (attempts === 'telling') return html`${telling && one(telling)}`
  if (cell.attempts.length <= CROWD) return html`${cell.attempts.map(one)}`
  return html`${toStretches(cell.attempts).map(([first, ...others]) => html`${one(first)}${renderOthers(others)}`)}`
}

type Stretch = [AttemptRecord, ...AttemptRecord[]]

function toStretches(attempts: readonly AttemptRecord[]): Stretch[] {
  const stretches: Stretch[] = []
  for (const attempt of attempts) {
    const open = stretches.at(-1)
    if (open && answerOf(open[0]) === answerOf(attempt)) open.push(attempt)
    else stretches.push([attempt])
  }
  return stretches
}

function renderOthers(others: readonly AttemptRecord[]): Markup | undefined {
  const last = others.at(-1)
  if (!last) return undefined
  return html`<p class="quiet others">and ${plural(others.length, 'more attempt')} with the same answer, the last +${formatMs(last.sinceChangeMs)}; report.json has them all.</p>`
}

/** The first that counted against the declaration, else the first that counted, else the last. */
function tellingAttempt({ attempts, declared }: CellRecord): AttemptRecord | undefined {
  const counted = attempts.filter((attempt) => attempt.fate.kind === 'counted')
  return counted.find((attempt) => attempt.seen?.text !== declared.text) ?? counted[0] ?? attempts.at(-1)
}
