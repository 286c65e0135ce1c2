import type { Deviation, LaneResult, PairResult } from '../upgrade/continuous-types.ts'
import type { TimelineEvent } from '../upgrade/types.ts'
import { formatMs } from './duration.ts'
import { html, type Markup } from './html/markup.ts'
import type { UpgradeRecord } from './upgrade-record.ts'
import { clock, wordsOf } from './upgrade-words.ts'

/**
 * The picture of an upgrade as SVG, for a page or alone: what was done, one line an event, and below it every pair with both its lanes,
 * and a mark for each answer that was not as declared. Colours are variables of the page around it, where that has them. Pure.
 */
export function renderTimeline(record: Pick<UpgradeRecord, 'events' | 'continuous'>): string {
  const { continuous } = record
  if (!continuous) return ''
  const events = record.events.filter(({ at, end = continuous.to }) => end >= continuous.from && at <= continuous.to)
  const from = continuous.from
  const to = Math.max(continuous.to, from + 1_000)
  const x = (at: number) => round(LEFT + ((Math.min(Math.max(at, from), to) - from) / (to - from)) * (WIDTH - LEFT - RIGHT))
  const lanesTop = AXIS + events.length * EVENT + 14
  const height = lanesTop + continuous.pairs.length * ROW + 8
  const { pairs } = continuous
  return html`<svg xmlns="http://www.w3.org/2000/svg" class="upgrade-timeline" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${describe(pairs, events, to - from)}" font-family="ui-sans-serif, system-ui, sans-serif" font-size="12" fill="currentColor">
${ticksOf(to - from).map((ms) => renderTick({ x: x(from + ms), text: formatMs(ms), bottom: height }))}
${events.filter(({ kind }) => kind === 'run').map(({ at, end = to }) => renderPause({ x: x(at), width: x(end) - x(at), top: AXIS, bottom: height }))}
${events.map((event, index) => renderEvent(event, { y: AXIS + index * EVENT, x, to, bottom: height }))}
${pairs.map((pair, index) => renderPair(pair, { y: lanesTop + index * ROW, x }))}</svg>`.text
}

const WIDTH = 1240
const LEFT = 470
const RIGHT = 24
/** Heights of the axis, of an event's line and of a pair's. */
const AXIS = 24
const EVENT = 18
const ROW = 26
const LETTERS = 64

type Scale = (at: number) => number

function renderTick({ x, text, bottom }: { readonly x: number; readonly text: string; readonly bottom: number }): Markup {
  return html`<line x1="${x}" x2="${x}" y1="${AXIS - 6}" y2="${bottom}" stroke="var(--edge, #d5d7da)" stroke-width="1"/><text x="${x}" y="12" text-anchor="middle" fill="var(--dim, #5a606b)">${text}</text>
`
}

function renderPause({ x, width, top, bottom }: Record<'x' | 'width' | 'top' | 'bottom', number>): Markup {
  return html`<rect x="${x}" y="${top}" width="${round(Math.max(1, width))}" height="${bottom - top}" fill="var(--sunk, #ededea)" opacity="0.8"><title>nothing is asked continuously while scenarios run</title></rect>
`
}

interface EventPlace {
  readonly y: number
  readonly x: Scale
  readonly to: number
  readonly bottom: number
}

function renderEvent(event: TimelineEvent, { y, x, to, bottom }: EventPlace): Markup {
  const { kind, at, end } = event
  const begin = x(at)
  const width = round(Math.max(3, x(end ?? to) - begin))
  const title = `${wordsOf(event)}: ${clock(at)}, ${end === undefined ? 'never finished' : formatMs(end - at)}`
  const guide = kind === 'change' || kind === 'rollout'
  const dashes = end === undefined && html` stroke="var(--fail, #c2211a)" stroke-dasharray="3 2"`
  return html`<g><title>${title}</title><text x="${LEFT - 12}" y="${y + 13}" text-anchor="end" fill="var(--dim, #5a606b)">${shorten(wordsOf(event))}</text>
${guide && html`<line x1="${begin}" x2="${begin}" y1="${y + 4}" y2="${bottom}" stroke="${FILLS[kind]}" stroke-width="1" opacity="0.35"/>`}
<rect x="${begin}" y="${y + 4}" width="${width}" height="10" rx="3" fill="${FILLS[kind]}"${dashes}/></g>
`
}

const FILLS: Readonly<Record<TimelineEvent['kind'], string>> = {
  change: 'var(--accent, #2a55c9)',
  rollout: 'var(--mtls, #0f6f86)',
  run: 'var(--dim, #8a909b)',
  note: 'var(--edge, #c9ccd1)',
}

function renderPair(pair: PairResult, { y, x }: { readonly y: number; readonly x: Scale }): Markup {
  const { from, to, asks, declared } = pair
  const name = `${from} → ${to} ${asks}`
  return html`<g><title>${name}: declared ${declared}</title><text x="${LEFT - 12}" y="${y + 11}" text-anchor="end">${shorten(name)}</text><text x="${LEFT - 12}" y="${y + 22}" text-anchor="end" font-size="10" fill="var(--dim, #5a606b)">${declared}</text>
${renderLane(pair.fresh, { pair, lane: 'fresh', y: y + 6, x })}${renderLane(pair.pooled, { pair, lane: 'pooled', y: y + 17, x })}</g>
`
}

interface LanePlace {
  readonly pair: PairResult
  readonly lane: string
  readonly y: number
  readonly x: Scale
}

/** A line wherever it was asked, full for an allowed pair and double for a denied one. */
function renderLane({ spans, deviations, asked, held }: LaneResult, { pair, lane, y, x }: LanePlace): Markup {
  const colour = pair.allowed ? 'var(--pass, #177245)' : 'var(--refused, #7a3a9e)'
  const bars = spans.map(([begin, end]) => {
    const width = round(Math.max(2, x(end) - x(begin)))
    return pair.allowed
      ? html`<rect x="${x(begin)}" y="${y - 2}" width="${width}" height="4" fill="${colour}"/>`
      : html`<rect x="${x(begin)}" y="${y - 2}" width="${width}" height="1.4" fill="${colour}"/><rect x="${x(begin)}" y="${y + 0.6}" width="${width}" height="1.4" fill="${colour}"/>`
  })
  const title = `${lane} connections: ${held} of ${asked} as declared`
  return html`<g><title>${title}</title>${bars}${distinct(deviations, x).map((deviation) => renderMark(deviation, { y, x }))}</g>`
}

/** Marks that would cover each other are drawn once; the worse kind comes last, on top. */
function distinct(deviations: readonly Deviation[], x: Scale): Deviation[] {
  const places = new Map(deviations.map((deviation) => [`${deviation.kind} ${Math.round(x(deviation.at) / 3)}`, deviation]))
  return [...places.values()].toSorted((a, b) => RANK.indexOf(a.kind) - RANK.indexOf(b.kind))
}

const RANK: readonly Deviation['kind'][] = ['down', 'unexplained', 'lost', 'decider', 'plain', 'opened']

/** A shape for each kind, so that it does not take colours to tell them apart. */
function renderMark({ kind, at, seen, reason }: Deviation, { y, x }: { readonly y: number; readonly x: Scale }): Markup {
  const title = html`<title>${kind} at ${clock(at)}: ${[seen, reason].filter(Boolean).join(', ')}</title>`
  const place = `translate(${x(at)} ${y})`
  switch (kind) {
    case 'opened':
      return html`<path transform="${place}" d="M0-7 7 0 0 7-7 0z" fill="var(--fail, #c2211a)" stroke="var(--card, #fff)">${title}</path>`
    case 'plain':
      return html`<circle transform="${place}" r="5" fill="var(--fail, #c2211a)" stroke="var(--card, #fff)">${title}</circle>`
    case 'decider':
      return html`<path transform="${place}" d="M0-6 6 5H-6z" fill="var(--fail, #c2211a)" stroke="var(--card, #fff)">${title}</path>`
    case 'lost':
      return html`<path transform="${place}" d="m-4-4 8 8m0-8-8 8" fill="none" stroke="var(--fail, #c2211a)" stroke-width="2">${title}</path>`
    case 'unexplained':
      return html`<path transform="${place}" d="M0-5 5 4H-5z" fill="none" stroke="var(--inconclusive, #8f5600)" stroke-width="1.5">${title}</path>`
    case 'down':
      return html`<path transform="${place}" d="M0-5V5" fill="none" stroke="var(--dim, #5a606b)" stroke-width="1.5">${title}</path>`
  }
}

function ticksOf(span: number): number[] {
  const step = STEPS.find((ms) => span / ms <= 9) ?? 600_000
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => index * step)
}

const STEPS = [1_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000]

function describe(pairs: readonly PairResult[], events: readonly TimelineEvent[], span: number): string {
  const lanes = pairs.flatMap(({ fresh, pooled }) => [fresh, pooled])
  const asked = lanes.reduce((sum, lane) => sum + lane.asked, 0)
  const off = asked - lanes.reduce((sum, lane) => sum + lane.held, 0)
  return `Timeline of ${formatMs(span)}: ${events.length} events, ${pairs.length} pairs, ${asked} questions, ${off} not answered as declared`
}

function shorten(text: string): string {
  return text.length > LETTERS ? `${text.slice(0, LETTERS - 1)}…` : text
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10
}
