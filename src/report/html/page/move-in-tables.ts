import { all } from './dom.ts'

const MOVES: Readonly<Record<string, readonly [rows: number, columns: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
}

/** Arrow keys go from cell to cell inside a truth table; Tab goes through all of them as ever. */
export function moveInTables(): void {
  for (const table of all('.truth')) {
    table.addEventListener('keydown', (event) => {
      const move = MOVES[event.key]
      const from = event.target instanceof Element ? event.target.closest('td') : null
      if (!move || !from || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
      const next = nextCell(from, move)
      if (!next) return
      event.preventDefault()
      next.focus()
    })
  }
}

/** The nearest cell that way which can be asked about: holes and hidden rows are passed over. */
function nextCell(from: HTMLTableCellElement, [rows, columns]: readonly [number, number]): HTMLElement | undefined {
  const grid = [...(from.closest('tbody')?.rows ?? [])].filter((row) => !row.hidden)
  let row = grid.findIndex((one) => one.contains(from)) + rows
  let column = from.cellIndex + columns
  while (grid[row]?.cells.item(column)) {
    const link = grid[row]?.cells.item(column)?.querySelector<HTMLElement>('.cell')
    if (link) return link
    row += rows
    column += columns
  }
  return undefined
}
