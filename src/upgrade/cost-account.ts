import { MeshproofError } from '../error.ts'
import type { Cluster } from '../kube/cluster.ts'
import { PROXY } from '../run/stage.ts'
import type { ContinuousCost } from './continuous-types.ts'
import { type CpuCount, coresBetween, readCpu } from './read-cpu.ts'
import { PROBER } from './standing-set.ts'

interface Accounting {
  readonly cluster: Cluster
  readonly namespaces: readonly string[]
  readonly signal: AbortSignal
}

/** What the continuous part costs, from its opening to its first closing. */
export interface CostAccount {
  /** Undefined until it is closed, and where the cluster does not tell its counters. */
  readonly cost: ContinuousCost | undefined
  close(): Promise<void>
}

/** Begins to count. A cluster that shows no counters costs nothing but the figure. */
export async function openCostAccount(accounting: Accounting): Promise<CostAccount> {
  const begun = performance.now()
  const own = process.cpuUsage()
  const before = await counters(accounting)
  let cost: ContinuousCost | undefined
  let closed = false
  return {
    get cost() {
      return cost
    },
    close: async () => {
      if (closed) return
      closed = true
      const after = await counters(accounting)
      const { user, system } = process.cpuUsage(own)
      const seconds = (performance.now() - begun) / 1_000
      if (before.length === 0 || after.length === 0) return
      const cores = coresBetween(before, after, shareOf)
      const of = (share: Share) => cores.get(share) ?? 0
      cost = {
        seconds,
        probers: of('probers'),
        proberSidecars: of('proberSidecars'),
        servers: of('servers'),
        serverSidecars: of('serverSidecars'),
        harness: (user + system) / 1e6 / seconds,
      }
    },
  }
}

type Share = 'probers' | 'proberSidecars' | 'servers' | 'serverSidecars'

function shareOf({ pod, container }: CpuCount): Share {
  const asks = pod.startsWith(`${PROBER}-`)
  if (container === PROXY) return asks ? 'proberSidecars' : 'serverSidecars'
  return asks ? 'probers' : 'servers'
}

async function counters({ cluster, namespaces, signal }: Accounting): Promise<CpuCount[]> {
  try {
    return await readCpu(cluster, namespaces, signal)
  } catch (error) {
    if (error instanceof MeshproofError) return []
    throw error
  }
}
