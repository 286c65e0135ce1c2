import type { Pair } from './standing-set.ts'

/** How fast and how long each lane of a pair asks, milliseconds. */
export const PACE = { everyMs: 200, withinMs: 5_000 } as const

interface Wanted {
  readonly pairs: readonly Pair[]
  /** The bearer token of a pair that has one, by the pair's id. */
  readonly bearers: ReadonlyMap<string, string>
}

/** What each prober asks, by its namespace; the words are those of `kind/images/go/prober`. Pure. */
export function proberPlans({ pairs, bearers }: Wanted): ReadonlyMap<string, string> {
  const namespaces = [...new Set(pairs.map(({ cell }) => cell.from.namespace))]
  return new Map(
    namespaces.map((namespace) => {
      const own = pairs.filter(({ cell }) => cell.from.namespace === namespace)
      return [namespace, JSON.stringify({ ...PACE, pairs: own.map((pair) => planOf(pair, bearers.get(pair.id))) }, undefined, 2)]
    }),
  )
}

function planOf({ id, cell, server: { app, namespace, port } }: Pair, bearer: string | undefined) {
  const { question } = cell
  const ends = { id, kind: question.kind, to: `${app}.${namespace}:${port}`, fresh: `${app}-fresh.${namespace}:${port}` }
  if (question.kind === 'tcp') return ends
  const headers = { ...question.headers, ...(bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` }) }
  return { ...ends, path: question.path, headers }
}
