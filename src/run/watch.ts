import { setTimeout as sleep } from 'node:timers/promises'
import { proxyAdmin } from '../probe/proxy.ts'
import type { Cell, Watch } from '../scenario/model.ts'
import { ask, join } from './ask.ts'
import { causeOf } from './cause-of.ts'
import type { Ends } from './ends.ts'
import { finish } from './finish.ts'
import { judgeWatch } from './judge-watch.ts'
import { controls, disturbances, type EpochBook, newToken } from './observe.ts'
import type { Attempt, CellResult } from './result.ts'
import { hasProxy, isGateway, PROXY, type Stage } from './stage.ts'

interface WatchOptions {
  readonly stage: Stage
  readonly runId: string
  /** Those without a `watch` are left out. */
  readonly cells: readonly Cell[]
  readonly ends: ReadonlyMap<string, Ends>
  readonly ports: ReadonlyMap<string, readonly number[]>
  readonly book: EpochBook
  /** When the step's last change was taken (`Date.now()`). */
  readonly changedAt: number
}

/** Watches all cells side by side, and judges them. Never throws but for an abort. Keyed by the cell's id. */
export async function watchCells(options: WatchOptions): Promise<ReadonlyMap<string, CellResult>> {
  const watched = options.cells.flatMap((cell) => {
    const found = options.ends.get(cell.id)
    return cell.watch && found ? [{ ...options, cell, watch: cell.watch, found }] : []
  })
  const results = await Promise.all(
    watched.map(async (one) => {
      try {
        return judgeWatch(one.cell, one.watch, await watchCell(one))
      } catch (error) {
        options.stage.signal.throwIfAborted()
        return { cell: one.cell, verdict: 'inconclusive', cause: causeOf(error), attempts: [] } as const
      }
    }),
  )
  return new Map(results.map((result) => [result.cell.id, result]))
}

interface WatchedCell extends WatchOptions {
  readonly cell: Cell
  readonly watch: Watch
  readonly found: Ends
}

/**
 * Asks one cell over and over, at even distances, for as long as it is watched. Other scenarios may change the mesh meanwhile: an answer
 * counts as long as the servers run the filter chains that they ran at the beginning, and all pods are there.
 */
async function watchCell(options: WatchedCell): Promise<Attempt[]> {
  const { stage, runId, cell, watch, found, ports, book, changedAt } = options
  const ends = new Map([[cell.id, found]])
  const chains = await chainsOf(stage, found)
  const attempts: Attempt[] = []
  const begun = performance.now()
  for (let n = 1; (n - 1) * watch.everyMs <= watch.overMs; n += 1) {
    // The distance between two questions is the cell's own: nothing is waited for here.
    await sleep(Math.max(0, begun + (n - 1) * watch.everyMs - performance.now()), undefined, { signal: stage.signal })
    const joined = await join(await ask({ stage, cell, ends: found, token: newToken(runId) }), book)
    const [blind, now, gone] = await Promise.all([
      controls({ stage, runId, cells: [cell], ends, ports }),
      chainsOf(stage, found),
      disturbances(stage, [cell], ends),
    ])
    const attempt = await finish(joined, { stage, n, blind: joined.server && blind.get(joined.server.pod.uid), changedAt })
    const disturbed =
      gone.get(cell.id) ?? (now === chains ? undefined : 'the inbound filter chains of a server changed while it was watched')
    attempts.push(
      disturbed === undefined ? attempt : { ...attempt, fate: { kind: 'void', cause: { code: 'disturbed', message: disturbed } } },
    )
    // Nothing that follows could count.
    if (disturbed !== undefined) return attempts
  }
  return attempts
}

/** All filter chains of the servers, as one text. */
async function chainsOf(stage: Stage, { servers, gateway }: Ends): Promise<string> {
  const pods = [...servers, ...(gateway ? [gateway] : [])].map(({ pod }) => pod).filter(hasProxy)
  const all = await Promise.all(
    pods.map(async (pod) => {
      const admin = proxyAdmin(await stage.session({ namespace: pod.namespace, pod: pod.name, container: PROXY }))
      const { chains } = await admin.inbound(isGateway(pod) ? 'gateway' : 'sidecar', stage.signal)
      return [...chains].map(([group, digest]) => `${pod.uid} ${group} ${digest}`).sort()
    }),
  )
  return all.flat().join('\n')
}
