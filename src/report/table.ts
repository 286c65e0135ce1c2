import type { CellResult } from '../run/result.ts'
import { formatDeclared, type Question } from '../scenario/model.ts'
import { plural } from './duration.ts'
import type { Look } from './look.ts'

interface TableOptions {
  readonly look: Look
  /** Leaves out tables and rows in which every cell is a pass. */
  readonly differingOnly?: boolean
  /** Columns of the terminal; the columns of a wider table go on below. Unbounded unless said. */
  readonly width?: number
}

interface Grid {
  readonly title: string
  readonly sources: string[]
  readonly destinations: string[]
  readonly slots: Map<string, CellResult>
}

/** The truth tables of a step, one for each question: rows are sources, columns destinations. Empty when nothing is to be shown. */
export function renderTables(cells: readonly CellResult[], options: TableOptions): string[] {
  return toGrids(cells).flatMap((grid) => renderGrid(grid, options))
}

/** A question in words: `GET /get, x-token: guest, token expired`. */
export function formatQuestion(question: Question): string {
  if (question.kind === 'tcp') return `tcp ${question.line}`
  const headers = Object.entries(question.headers).map(([name, value]) => `${name}: ${value}`)
  const claims = question.token?.claims ? ` ${JSON.stringify(question.token.claims)}` : ''
  const token = question.token ? [`token ${question.token.kind}${claims}`] : []
  const body = question.body === undefined ? [] : [`body of ${plural(Buffer.byteLength(question.body), 'byte')}`]
  return [`${question.method} ${question.path}`, ...headers, ...token, ...body].join(', ')
}

/** One cell as it stands in the table: `✓ 200 mtls`, `✗ 403 by deny.foo ≠ 200 mtls`, `? 200 mtls [flapping]`. */
function renderCell(result: CellResult, look: Look): string {
  const declared = `${look.glyph[result.verdict]} ${formatDeclared(result.cell.declared)}`
  if (result.verdict === 'pass') return declared
  if (result.verdict === 'inconclusive' || !result.observed) return `${declared} [${result.cause?.code ?? 'no cause given'}]`
  const seen = formatDeclared(result.observed)
  // Equal words and yet a failure: a missing text or a bound that passed; the cause tells which.
  return seen === formatDeclared(result.cell.declared)
    ? `${declared} [${result.cause?.code ?? 'no cause given'}]`
    : `${declared} ${look.unequal} ${seen}`
}

function toGrids(cells: readonly CellResult[]): Grid[] {
  const grids: Grid[] = []
  for (const result of cells) {
    const { from, to, question } = result.cell
    const title = formatQuestion(question)
    const destination = to.kind === 'gateway' ? `${to.text} (${to.host})` : to.text
    const slot = slotOf(from.text, destination)
    // Two cells may ask the same question of the same pair; the second opens a table of its own.
    let grid = grids.find((one) => one.title === title && !one.slots.has(slot))
    if (!grid) {
      grid = { title, sources: [], destinations: [], slots: new Map() }
      grids.push(grid)
    }
    if (!grid.sources.includes(from.text)) grid.sources.push(from.text)
    if (!grid.destinations.includes(destination)) grid.destinations.push(destination)
    grid.slots.set(slot, result)
  }
  return grids
}

function renderGrid(grid: Grid, { look, differingOnly = false, width = Number.POSITIVE_INFINITY }: TableOptions): string[] {
  const differs = (source: string) =>
    grid.destinations.some((destination) => (grid.slots.get(slotOf(source, destination))?.verdict ?? 'pass') !== 'pass')
  const sources = differingOnly ? grid.sources.filter(differs) : grid.sources
  if (sources.length === 0) return []
  const columns = grid.destinations.map((destination) => {
    const results = sources.map((source) => grid.slots.get(slotOf(source, destination)))
    const texts = results.map((result) => (result ? renderCell(result, look) : '-'))
    return { head: destination, results, texts, width: longest([destination, ...texts]) }
  })
  const firstWidth = longest(['from', ...sources])
  const lines = [look.bold(grid.title)]
  for (const block of packColumns(columns, width - firstWidth - INDENT.length)) {
    lines.push(
      INDENT + look.dim(['from'.padEnd(firstWidth), ...block.map((column) => column.head.padEnd(column.width))].join(GAP).trimEnd()),
    )
    for (const [row, source] of sources.entries()) {
      const last = block.length - 1
      const texts = block.map((column, index) => {
        const text = (column.texts[row] ?? '-').padEnd(index === last ? 0 : column.width)
        const result = column.results[row]
        return result ? look.paint(result.verdict, text) : look.dim(text)
      })
      lines.push(INDENT + [source.padEnd(firstWidth), ...texts].join(GAP).trimEnd())
    }
  }
  const left = grid.sources.length - sources.length
  if (left > 0) lines.push(INDENT + look.dim(`(${plural(left, 'row')} as declared left out)`))
  return lines
}

const INDENT = '  '
/** Two spaces at least part the columns in a scenario file; three read better. */
const GAP = '   '

function packColumns<T extends { readonly width: number }>(columns: readonly T[], room: number): T[][] {
  const blocks: T[][] = []
  let used = 0
  for (const column of columns) {
    const needs = column.width + GAP.length
    if (blocks.length === 0 || used + needs > room) {
      blocks.push([])
      used = 0
    }
    blocks.at(-1)?.push(column)
    used += needs
  }
  return blocks
}

function longest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => text.length))
}

function slotOf(source: string, destination: string): string {
  return `${source}\n${destination}`
}
