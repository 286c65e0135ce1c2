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
  const lanes = toLanes(attempts)
  const row = lanes.some((lane) => lane.answer !== undefined) ? 30 : attempts.length > 12 ? 9 : 20
  // Two marks may stand close together, so each has its own line for its words.
  const top = LINE * (enforcedWithinMs !== undefined && enforced !== undefined ? 2 : 1) + 6
  const bottom = top + lanes.length * row
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => part * end)
  return html`<svg class="timeline" viewBox="0 0 ${WIDTH} ${bottom + 24}" role="img" aria-label="${describe(attempts, enforced)}">
${ticks.map((tick) => html`<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="${top}" y2="${bottom}"/><text class="tick" x="${x(tick)}" y="${bottom + 15}" text-anchor="middle">${tick === 0 ? '0' : formatMs(tick)}</text>`)}
${enforcedWithinMs !== undefined && renderMark({ x: x(enforcedWithinMs), y: top - 8, bottom, kind: 'bound', text: `bound ${formatMs(enforcedWithinMs)}` })}
${timeToEnforceMs !== undefined && enforced !== undefined && renderMark({ x: x(timeToEnforceMs), y: LINE - 2, bottom, kind: markOf(cell), text: enforced })}
${lanes.map((lane, index) => renderLane(lane, { y: top + index * row, row, x }))}</svg>`
}

const WIDTH = 460
const LEFT = 34
const RIGHT = 26
const LINE = 14

/** A row of bars: one attempt, or, where there are many, all attempts with one answer. */
interface Lane {
  readonly attempts: readonly AttemptRecord[]
  /** What they have in common, where they are many. */
  readonly answer?: string
}

function toLanes(attempts: readonly AttemptRecord[]): Lane[] {
  if (attempts.length <= CROWD) return attempts.map((attempt) => ({ attempts: [attempt] }))
  const answers = new Map<string, AttemptRecord[]>()
  for (const attempt of attempts) {
    const answer = answerOf(attempt)
    const lane = answers.get(answer)
    if (lane) lane.push(attempt)
    else answers.set(answer, [attempt])
  }
  return [...answers].map(([answer, list]) => ({
    attempts: list,
    answer: `${answer}, ${list.length === 1 ? 'once' : `${list.length} times`}`,
  }))
}

/** More attempts than this are no more told one by one: a watched cell has hundreds. */
export const CROWD = 30

/** What became of an attempt, as far as two of them may be called equal. */
export function answerOf({ fate, seen }: AttemptRecord): string {
  return `${fate.kind === 'void' ? `void [${fate.cause.code}]` : fate.kind}: ${seen?.text ?? 'no answer'}`
}

interface Room {
  readonly y: number
  readonly row: number
  readonly x: (ms: number) => number
}

/** From the question to its answer. */
function renderLane({ attempts, answer }: Lane, { y, row, x }: Room): Markup {
  const high = Math.min(10, row - 2)
  const top = answer === undefined ? y + (row - high) / 2 : y + row - high - 4
  const bars = attempts.map(({ n, ms, sinceChangeMs, fate, seen }) => {
    const begin = x(sinceChangeMs - ms)
    const width = round(Math.max(answer === undefined ? 5 : 2, x(sinceChangeMs) - begin))
    const title = `attempt ${n}: ${fate.kind} ${seen?.text ?? 'no answer'}, ${formatMs(sinceChangeMs)} after the change`
    return html`<rect class="bar ${fate.kind}" x="${begin}" y="${top}" width="${width}" height="${high}" rx="${answer === undefined ? 2.5 : 1}"><title>${title}</title></rect>`
  })
  const number =
    answer === undefined &&
    row > 12 &&
    html`<text class="tick" x="${LEFT - 8}" y="${y + row / 2 + 4}" text-anchor="end">${attempts[0]?.n}</text>`
  const words = answer !== undefined && html`<text class="tick" x="${LEFT}" y="${y + 11}">${answer}</text>`
  return html`<g>${number}${words}${bars}</g>
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
