import type { Asked } from './asked.ts'

/** One truth table: a question, its sources as rows and its destinations as columns. */
export interface Grid<T> {
  readonly asks: string
  readonly sources: readonly string[]
  readonly destinations: readonly string[]
  /** Undefined where nothing was declared. */
  at(source: string, destination: string): T | undefined
}

/** Sorts cells into truth tables, one for each question, in the order of their first appearance. */
export function toGrids<T>(items: readonly T[], asked: (item: T) => Asked): Grid<T>[] {
  const grids: Filling<T>[] = []
  for (const item of items) {
    const { from, to, asks } = asked(item)
    const slot = slotOf(from, to)
    // Two cells may ask the same question of the same pair; the second opens a table of its own.
    let grid = grids.find((one) => one.asks === asks && !one.slots.has(slot))
    if (!grid) {
      grid = { asks, sources: [], destinations: [], slots: new Map() }
      grids.push(grid)
    }
    if (!grid.sources.includes(from)) grid.sources.push(from)
    if (!grid.destinations.includes(to)) grid.destinations.push(to)
    grid.slots.set(slot, item)
  }
  return grids.map(({ slots, ...grid }) => ({ ...grid, at: (source, destination) => slots.get(slotOf(source, destination)) }))
}

interface Filling<T> {
  readonly asks: string
  readonly sources: string[]
  readonly destinations: string[]
  readonly slots: Map<string, T>
}

function slotOf(source: string, destination: string): string {
  return `${source}\n${destination}`
}
