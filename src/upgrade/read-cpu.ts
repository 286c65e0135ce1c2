import { apiError } from '../kube/api-status.ts'
import type { Cluster } from '../kube/cluster.ts'
import { list } from '../kube/get.ts'
import { request } from '../kube/request.ts'

/** A container's counter of processor time. */
export interface CpuCount {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  /** When the counter was read, milliseconds since 1970. */
  readonly at: number
  readonly coreMs: number
}

interface Summary {
  readonly pods?: readonly {
    readonly podRef: { readonly name: string; readonly namespace: string }
    readonly containers?: readonly {
      readonly name: string
      readonly cpu?: { readonly time: string; readonly usageCoreNanoSeconds?: number }
    }[]
  }[]
}

/** The cgroup counters of all containers of some namespaces, as the kubelets have read them, at most some seconds ago. */
export async function readCpu(cluster: Cluster, namespaces: readonly string[], signal: AbortSignal): Promise<CpuCount[]> {
  const nodes = await list(cluster, { group: '', kind: 'Node', signal })
  const counts = await Promise.all(
    nodes.map(async ({ metadata }) => {
      const path = `/api/v1/nodes/${metadata.name}/proxy/stats/summary?only_cpu_and_memory=true`
      const answer = await request(cluster, { method: 'GET', path, signal })
      if (answer.status !== 200) throw apiError('show what containers cost', answer)
      return countsOf(answer.body as Summary)
    }),
  )
  return counts.flat().filter(({ namespace }) => namespaces.includes(namespace))
}

function countsOf({ pods = [] }: Summary): CpuCount[] {
  return pods.flatMap(({ podRef, containers = [] }) =>
    containers.flatMap(({ name, cpu }) =>
      cpu?.usageCoreNanoSeconds === undefined
        ? []
        : [
            {
              namespace: podRef.namespace,
              pod: podRef.name,
              container: name,
              at: Date.parse(cpu.time),
              coreMs: cpu.usageCoreNanoSeconds / 1e6,
            },
          ],
    ),
  )
}

/** Cores that containers used between two readings, by a name that each is given; those that were not there at both are left out. Pure. */
export function coresBetween(
  before: readonly CpuCount[],
  after: readonly CpuCount[],
  nameOf: (count: CpuCount) => string,
): ReadonlyMap<string, number> {
  const cores = new Map<string, number>()
  for (const now of after) {
    const then = before.find(
      ({ namespace, pod, container }) => namespace === now.namespace && pod === now.pod && container === now.container,
    )
    if (!then || now.at <= then.at) continue
    const name = nameOf(now)
    cores.set(name, (cores.get(name) ?? 0) + (now.coreMs - then.coreMs) / (now.at - then.at))
  }
  return cores
}
