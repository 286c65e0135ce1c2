import { type Cluster, OWNER_LABEL } from '../kube/cluster.ts'
import { list } from '../kube/get.ts'
import { OWNER } from '../mesh/world-objects.ts'
import type { Scenario } from '../scenario/model.ts'

/** The namespaces whose sidecars are moved: one first and alone, then the others. */
export interface MovingOrder {
  readonly first: string
  readonly others: readonly string[]
}

interface MovingOptions {
  /** Namespaces that are moved on their own. */
  readonly except: readonly string[]
  readonly signal: AbortSignal
}

/**
 * The namespaces of the scenarios' world that have sidecars. The one that is asked most goes first: with it alone moved, most
 * questions are between an old proxy and a new one.
 */
export async function movingOrder(
  cluster: Cluster,
  scenarios: readonly Scenario[],
  { except, signal }: MovingOptions,
): Promise<MovingOrder> {
  const namespaces = await list(cluster, { group: '', kind: 'Namespace', labelSelector: `${OWNER_LABEL}=${OWNER}`, signal })
  const meshed = namespaces
    .filter(({ metadata }) => metadata.labels?.['istio-injection'] === 'enabled')
    .map(({ metadata }) => metadata.name)
  return orderOf(
    meshed.filter((name) => !except.includes(name)),
    scenarios,
  )
}

/** Pure part of `movingOrder`. */
export function orderOf(meshed: readonly string[], scenarios: readonly Pick<Scenario, 'steps'>[]): MovingOrder {
  const asked = new Map<string, number>()
  for (const { to } of scenarios.flatMap(({ steps }) => steps.flatMap(({ cells }) => cells))) {
    if (to.kind !== 'url') asked.set(to.namespace, (asked.get(to.namespace) ?? 0) + 1)
  }
  const [first = '', ...others] = meshed.toSorted((a, b) => (asked.get(b) ?? 0) - (asked.get(a) ?? 0) || a.localeCompare(b))
  return { first, others }
}
