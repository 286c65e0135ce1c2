import { formatMs } from '../duration.ts'
import type { AttemptRecord, CellRecord } from '../record-schema.ts'
import { enforcedText } from './enforced-text.ts'
import { html, type Markup } from './markup.ts'

/** The attempts of a cell against the time since the change: what was stale, what counted, when it was enforced, what the bound was. */
export function renderTimeline(cell: CellRecord): Markup {
  const { attempts, timeToEnforceMs, enforcedWithinMs } = cell
  const enforced = enforcedText(cell)
  const end = niceEnd(Math.max(...attempts.map((attempt) => attempt.sinceChangeMs), enforcedWithinMs ?? 0))
  const x = (ms: number) => round(LEFT + (Math.max(0, ms) / end) * (WIDTH - LEFT - RIGHT))
  const row = attempts.length > 12 ? 9 : 20
  // Two marks may stand close together, so each has its own line for its words.
  const top = LINE * (enforcedWithinMs !== undefined && enforced !== undefined ? 2 : 1) + 6
  const bottom = top + attempts.length * row
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => part * end)
  const lanes = attempts.map((attempt, index) => renderLane({ attempt, y: top + index * row, row, x }))
  return html`<svg class="timeline" viewBox="0 0 ${WIDTH} ${bottom + 24}" role="img" aria-label="${describe(attempts, enforced)}">
${ticks.map((tick) => html`<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="${top}" y2="${bottom}"/><text class="tick" x="${x(tick)}" y="${bottom + 15}" text-anchor="middle">${tick === 0 ? '0' : formatMs(tick)}</text>`)}
${enforcedWithinMs !== undefined && renderMark({ x: x(enforcedWithinMs), y: top - 8, bottom, kind: 'bound', text: `bound ${formatMs(enforcedWithinMs)}` })}
${timeToEnforceMs !== undefined && enforced !== undefined && renderMark({ x: x(timeToEnforceMs), y: LINE - 2, bottom, kind: markOf(cell), text: enforced })}
${lanes}</svg>`
}

const WIDTH = 460
const LEFT = 34
const RIGHT = 26
const LINE = 14

interface Lane {
  readonly attempt: AttemptRecord
  readonly y: number
  readonly row: number
  readonly x: (ms: number) => number
}

/** From the question to its answer. */
function renderLane({ attempt, y, row, x }: Lane): Markup {
  const { n, ms, sinceChangeMs, fate, seen } = attempt
  const begin = x(sinceChangeMs - ms)
  const width = round(Math.max(5, x(sinceChangeMs) - begin))
  const high = Math.min(10, row - 2)
  const label = row > 12 && html`<text class="tick" x="${LEFT - 8}" y="${y + row / 2 + 4}" text-anchor="end">${n}</text>`
  const title = `attempt ${n}: ${fate.kind} ${seen?.text ?? 'no answer'}, ${formatMs(sinceChangeMs)} after the change`
  return html`<g>${label}<rect class="bar ${fate.kind}" x="${begin}" y="${y + (row - high) / 2}" width="${width}" height="${high}" rx="2.5"><title>${title}</title></rect></g>
`
}

interface Mark {
  readonly x: number
  /** Of its words. */
  readonly y: number
  readonly bottom: number
  readonly kind: 'bound' | 'enforced' | 'answered'
  readonly text: string
}

function renderMark({ x, y, bottom, kind, text }: Mark): Markup {
  const anchor = x > WIDTH / 2 ? 'end' : 'start'
  return html`<line class="${kind}" x1="${x}" x2="${x}" y1="${y - 9}" y2="${bottom}"/><text class="${kind}" x="${x + (anchor === 'end' ? -5 : 5)}" y="${y}" text-anchor="${anchor}">${text}</text>`
}

function markOf({ observed, declared }: CellRecord): 'enforced' | 'answered' {
  return observed?.text === declared.text ? 'enforced' : 'answered'
}

/** The end of an axis: the next number above the largest whose quarters are round. */
export function niceEnd(largest: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, largest)))
  return ([1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8].find((step) => step * power >= largest) ?? 10) * power
}

/** Pixels to a tenth. */
export function round(pixels: number): number {
  return Math.round(pixels * 10) / 10
}

function describe(attempts: readonly AttemptRecord[], enforced: string | undefined): string {
  const of = (kind: AttemptRecord['fate']['kind']) => attempts.filter((attempt) => attempt.fate.kind === kind).length
  return `Timeline of ${attempts.length} attempts: ${of('counted')} counted, ${of('stale')} stale, ${of('void')} void${enforced === undefined ? '' : `; ${enforced}`}`
}
