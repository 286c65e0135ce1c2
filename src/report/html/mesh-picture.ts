import { askedInRecord } from '../asked.ts'
import { plural } from '../duration.ts'
import type { CellRecord } from '../record-schema.ts'
import { isServed } from './answer.ts'
import { html, type Markup } from './markup.ts'
import { type Band, layOutMesh, type MeshLayout, type Node } from './mesh-layout.ts'
import { placeOf, type ScenarioRecord, type StepRecord } from './places.ts'
import { round } from './timeline.ts'

/** The mesh as a step saw it: namespaces, workloads, and for each cell a line that says how it was answered and what the wire carried. */
export function renderPicture(scenario: ScenarioRecord, step: StepRecord): Markup | undefined {
  if (step.cells.length === 0) return undefined
  const layout = layOutMesh(step.cells)
  const edges = toEdges(step.cells, layout)
  return html`<figure class="picture"><svg viewBox="0 0 ${WIDTH} ${layout.height}" role="img" aria-label="${describe(step, layout)}">
${layout.bands.map(renderBand)}${edges.toSorted(redLast).map((edge) => renderEdge(scenario, edge))}${edges
  .filter(({ kind, cells: [{ verdict }] }) => edges.length <= CROWD || verdict !== 'pass' || kind === 'refused')
  .toSorted(redLast)
  .map(renderLabel)}</svg>${renderLegend(edges)}</figure>`
}

const WIDTH = 480
/** With more lines than this only those that are refused or not as declared are labelled; the legend says what the others are. */
const CROWD = 6
const NODE = { source: { x: 10, width: 124 }, destination: { x: 330, width: 140 }, height: 26 } as const

function renderBand({ name, y, height, sources, destinations }: Band): Markup {
  return html`<g><rect class="band" x=".5" y="${y + 0.5}" width="${WIDTH - 1}" height="${height - 1}" rx="8"/><text class="band-name" x="12" y="${y + 16}">${name}</text>
${sources.map((node) => renderNode(node, NODE.source))}${destinations.map((node) => renderNode(node, NODE.destination))}</g>
`
}

function renderNode({ label, full, y }: Node, { x, width }: { readonly x: number; readonly width: number }): Markup {
  return html`<g class="node"><title>${full}</title><rect x="${x}" y="${round(y - NODE.height / 2)}" width="${width}" height="${NODE.height}" rx="6"/><text x="${x + width / 2}" y="${round(y + 4)}" text-anchor="middle">${shorten(label, Math.floor(width / 7))}</text></g>`
}

/** Cells of one pair with one answer and one verdict are one line. */
interface Edge {
  readonly cells: readonly [CellRecord, ...CellRecord[]]
  readonly kind: 'served' | 'refused' | 'unknown'
  readonly from: Point
  readonly to: Point
  /** Where on the line its label stands, 0 to 1. */
  readonly label: number
}

interface Point {
  readonly x: number
  readonly y: number
}

function toEdges(cells: readonly CellRecord[], { bands }: MeshLayout): Edge[] {
  const sources = new Map(bands.flatMap((band) => band.sources).map((node) => [node.key, node]))
  const destinations = new Map(bands.flatMap((band) => band.destinations).map((node, index) => [node.key, { node, index }]))
  const groups = new Map<string, [CellRecord, ...CellRecord[]]>()
  for (const cell of cells) {
    const { from, to } = askedInRecord(cell)
    const key = JSON.stringify([from, to, cell.verdict, cell.observed?.text])
    const group = groups.get(key)
    if (group) group.push(cell)
    else groups.set(key, [cell])
  }
  const drawn = new Map<string, number>()
  return [...groups.values()].flatMap((group): Edge[] => {
    const { from, to } = askedInRecord(group[0])
    const source = sources.get(from)
    const destination = destinations.get(to)
    if (!source || !destination) return []
    // Further lines of one pair run beside the first.
    const pair = JSON.stringify([from, to])
    const before = drawn.get(pair) ?? 0
    drawn.set(pair, before + 1)
    const aside = Math.min(9, Math.ceil(before / 2) * 5) * (before % 2 === 0 ? 1 : -1)
    const observed = group[0].observed
    return [
      {
        cells: group,
        kind: observed === undefined ? 'unknown' : isServed(observed.outcome) ? 'served' : 'refused',
        from: { x: NODE.source.x + NODE.source.width, y: source.y + aside },
        to: { x: NODE.destination.x, y: destination.node.y + aside },
        label: 0.24 + (0.5 * (destination.index + 0.5)) / destinations.size + before * 0.04,
      },
    ]
  })
}

function renderEdge(scenario: ScenarioRecord, { cells, kind, from, to }: Edge): Markup {
  const [first] = cells
  const end = { x: to.x - (kind === 'served' ? 8 : 7), y: to.y }
  const bend = BEND * (end.x - from.x)
  const path = `M${from.x} ${round(from.y)}C${round(from.x + bend)} ${round(from.y)} ${round(end.x - bend)} ${round(end.y)} ${end.x} ${round(end.y)}`
  const red = first.verdict !== 'pass' && html`<path class="halo ${first.verdict}" d="${path}"/>`
  return html`<g class="edge ${kind} ${first.observed?.wire ?? 'unsaid'}" data-place="${placeOf(scenario, first)}" data-places="${cells.map((cell) => placeOf(scenario, cell)).join(' ')}"><title>${titleOf(cells)}</title>${red}<path class="hit" d="${path}"/><path class="line" d="${path}"/>${renderTip(kind, to)}</g>
`
}

/** An arrow where somebody was served, a bar where somebody was refused, nothing where nothing is known. */
function renderTip(kind: Edge['kind'], { x, y }: Point): Markup | undefined {
  if (kind === 'served') return html`<path class="tip" d="M${x - 1} ${round(y)}l-9-4.5v9z"/>`
  return kind === 'refused' ? html`<path class="stop" d="M${x - 6} ${round(y - 7)}v14"/>` : undefined
}

/** What is drawn last is on top. */
function redLast(a: Edge, b: Edge): number {
  return Number(a.cells[0].verdict !== 'pass') - Number(b.cells[0].verdict !== 'pass')
}

function renderLabel({ cells, kind, from, to, label }: Edge): Markup {
  const [{ verdict, observed }] = cells
  const many = cells.length > 1 ? ` ×${cells.length}` : ''
  const text = `${observed?.outcome ?? 'nothing'}${many}`
  const at = pointAt({ from, to }, Math.min(0.8, label))
  const [x, y] = [round(at.x), round(at.y)]
  const sign =
    verdict !== 'pass' && html`<use class="sign ${verdict}" href="#i-${verdict}" x="${x - 7}" y="${y - 7}" width="14" height="14"/>`
  // Under its sign, or on the line where there is none.
  return html`${sign}<text class="edge-label ${kind} ${verdict}" x="${x}" y="${sign ? y + 17 : y + 4}" text-anchor="middle">${text}</text>`
}

/** How far the ends of a line run level, as a part of its width. */
const BEND = 0.45

function pointAt({ from, to }: Pick<Edge, 'from' | 'to'>, t: number): Point {
  const width = to.x - from.x
  const [a, b, c, d] = [(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t ** 2, t ** 3]
  return {
    x: a * from.x + b * (from.x + BEND * width) + c * (to.x - BEND * width) + d * to.x,
    y: (a + b) * from.y + (c + d) * to.y,
  }
}

function titleOf(cells: Edge['cells']): string {
  return cells
    .map(
      (cell) =>
        `${cell.from.text} → ${cell.to.text} ${cell.asks}: ${cell.observed?.text ?? 'nothing established'}${cell.verdict === 'pass' ? '' : `, declared ${cell.declared.text}`}`,
    )
    .join('\n')
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}

function describe({ cells }: StepRecord, { bands }: MeshLayout): string {
  const of = (test: (cell: CellRecord) => boolean) => cells.filter(test).length
  const served = of(({ observed }) => observed !== undefined && isServed(observed.outcome))
  const unknown = of(({ observed }) => observed === undefined)
  const counts = [`${served} served`, `${cells.length - served - unknown} refused`, ...(unknown > 0 ? [`${unknown} not established`] : [])]
  return `Picture of ${plural(bands.length, 'namespace')} (${bands.map((band) => band.name).join(', ')}): ${counts.join(', ')}. The table says the same.`
}

/** Only what is in the picture. */
function renderLegend(edges: readonly Edge[]): Markup {
  const kinds = new Map(
    edges.map(({ kind, cells: [{ observed }] }) => [`${kind} ${observed?.wire ?? 'unsaid'}`, { kind, wire: observed?.wire }] as const),
  )
  const entries = [...kinds]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(
      ([classes, { kind, wire }]) =>
        html`<li><svg class="edge ${classes}" width="34" height="14" aria-hidden="true"><path class="line" d="M0 7h26"/>${renderTip(kind, { x: 34, y: 7 })}</svg> ${KINDS[kind]}${wire && `, ${WIRES[wire]}`}</li>`,
    )
  return html`<figcaption><ul class="legend">${entries}</ul></figcaption>`
}

const KINDS = { served: 'served', refused: 'refused', unknown: 'not established' } as const
const WIRES = { mtls: 'mutual TLS', plain: 'plain text', 'tls-failed': 'TLS failed' } as const
