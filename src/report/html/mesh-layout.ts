import { askedInRecord } from '../asked.ts'
import type { CellRecord } from '../record-schema.ts'

/** One end of the picture: a workload that asks, or a destination that is asked. */
export interface Node {
  readonly key: string
  readonly label: string
  readonly full: string
  /** Of its middle. */
  readonly y: number
}

/** A namespace as a band across the picture: those who ask at the left, those who are asked at the right. */
export interface Band {
  readonly name: string
  readonly y: number
  readonly height: number
  readonly sources: readonly Node[]
  readonly destinations: readonly Node[]
}

/** Where namespaces and workloads stand. Lengths in the picture's own pixels. */
export interface MeshLayout {
  readonly bands: readonly Band[]
  readonly height: number
}

/** Puts every end of a step's cells into the band of its namespace, in the order of the truth tables. */
export function layOutMesh(cells: readonly CellRecord[]): MeshLayout {
  const ends = cells.flatMap((cell) => [sourceOf(cell), destinationOf(cell)])
  const bands: Band[] = []
  let y = 0
  for (const name of new Set(ends.map((end) => end.band))) {
    const mine = ends.filter((end) => end.band === name)
    const sources = unique(mine.filter((end) => end.side === 'source'))
    const destinations = unique(mine.filter((end) => end.side === 'destination'))
    const rows = Math.max(sources.length, destinations.length)
    const height = HEAD + rows * ROW + FOOT
    const place = (list: readonly End[]) =>
      list.map(({ key, label, full }, index) => ({ key, label, full, y: y + HEAD + ((index + 0.5) * rows * ROW) / list.length }))
    bands.push({ name, y, height, sources: place(sources), destinations: place(destinations) })
    y += height + GAP
  }
  return { bands, height: Math.max(0, y - GAP) }
}

const HEAD = 24
const ROW = 36
const FOOT = 6
const GAP = 12

interface End {
  readonly side: 'source' | 'destination'
  readonly band: string
  readonly key: string
  readonly label: string
  readonly full: string
}

function sourceOf({ from }: CellRecord): End {
  const app = from.kind ?? from.app
  const label = from.container === undefined ? app : `${app}/${from.container}`
  return { side: 'source', band: from.namespace, key: from.text, label, full: from.text }
}

function destinationOf(cell: CellRecord): End {
  const { to } = cell
  const key = askedInRecord(cell).to
  const end = { side: 'destination', key, full: key } as const
  switch (to.kind) {
    case 'service':
      return { ...end, band: to.namespace, label: `${to.app}:${to.port}` }
    case 'pod':
      return { ...end, band: to.namespace, label: `pod ${to.app}:${to.port}` }
    case 'gateway':
      return {
        ...end,
        band: to.namespace,
        label: `${to.name}:${to.port} → ${to.behind.app}`,
        full: `gateway ${key}, which passes on to ${to.behind.text}`,
      }
    case 'url':
      return { ...end, band: 'outside', label: to.url }
  }
}

function unique(ends: readonly End[]): End[] {
  return [...new Map(ends.map((end) => [end.key, end])).values()]
}
