import type { CellResult } from '../run/result.ts'
import { formatDeclared } from '../scenario/format.ts'
import { askedBy } from './asked.ts'
import { cellText } from './cell-text.ts'
import { plural } from './duration.ts'
import { type Grid, toGrids } from './grids.ts'
import type { Look } from './look.ts'

interface TableOptions {
  readonly look: Look
  /** Leaves out tables and rows in which every cell is a pass or was never asked. */
  readonly differingOnly?: boolean
  /** Columns of the terminal; the columns of a wider table go on below. Unbounded unless said. */
  readonly width?: number
}

/** The truth tables of a step, one for each question: rows are sources, columns destinations. Empty when nothing is to be shown. */
export function renderTables(cells: readonly CellResult[], options: TableOptions): string[] {
  return toGrids(cells, ({ cell }) => askedBy(cell)).flatMap((grid) => renderGrid(grid, options))
}

function textOf({ verdict, cell, observed, cause }: CellResult, look: Look): string {
  return cellText({ verdict, declared: formatDeclared(cell.declared), observed: observed && formatDeclared(observed), cause }, look)
}

function tells(result: CellResult | undefined): boolean {
  return isRed(result) && result?.cause?.code !== 'not-asked'
}

function isRed(result: CellResult | undefined): boolean {
  return result !== undefined && result.verdict !== 'pass'
}

function renderGrid(grid: Grid<CellResult>, { look, differingOnly = false, width = Number.POSITIVE_INFINITY }: TableOptions): string[] {
  const differs = (source: string) => grid.destinations.some((destination) => tells(grid.at(source, destination)))
  const sources = differingOnly ? grid.sources.filter(differs) : grid.sources
  if (sources.length === 0) return []
  const columns = grid.destinations.map((destination) => {
    const results = sources.map((source) => grid.at(source, destination))
    const texts = results.map((result) => (result ? textOf(result, look) : '-'))
    return { head: destination, results, texts, width: longest([destination, ...texts]) }
  })
  const firstWidth = longest(['from', ...sources])
  const lines = [look.bold(grid.asks)]
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
  const unasked = grid.sources.some((source) => !sources.includes(source) && grid.destinations.some((to) => isRed(grid.at(source, to))))
  if (left > 0) lines.push(INDENT + look.dim(`(${plural(left, 'row')} as declared${unasked ? ' or never asked' : ''} left out)`))
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
