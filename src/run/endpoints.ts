import { list, listPods, type PodView } from '../kube/get.ts'
import type { Fact } from './fact.ts'
import type { Stage } from './stage.ts'

/**
 * The fact that every istiod sends the traffic of these namespaces' services to their ready pods, and to no others: after pods came or
 * went, the cluster's own endpoints follow, then istiod's, and only then what istiod sends to the proxies.
 */
export function endpointsFollow(stage: Stage, namespaces: readonly string[]): Fact {
  return {
    what: `the endpoints of ${namespaces.join(', ')} in istiod`,
    next: `kubectl -n ${namespaces[0]} get endpointslices,pods`,
    look: async (signal) => {
      const { cluster } = stage
      const [services, pods, known] = await Promise.all([
        Promise.all(namespaces.map((namespace) => list(cluster, { group: '', kind: 'Service', namespace, signal }))),
        Promise.all(namespaces.map((namespace) => listPods(cluster, { namespace, signal }))),
        (await stage.istiod()).endpoints(signal),
      ])
      const behind = services.flat().flatMap(({ metadata, spec }) => {
        const name = `${metadata.name}.${metadata.namespace}`
        const wanted = addresses(spec as ServiceSpec, pods.flat(), metadata.namespace)
        if (!wanted) return []
        const other = known.map((all) => [...(all.get(name) ?? [])].sort().join(' ')).find((addresses) => addresses !== wanted)
        return other === undefined ? [] : [`${name}: ${other || 'none'}, not ${wanted || 'none'}`]
      })
      return behind.length === 0 ? { done: true } : { seen: behind.join('; ') }
    },
  }
}

interface ServiceSpec {
  readonly selector?: Readonly<Record<string, string>>
}

/** The addresses of a service's ready pods; undefined for one whose endpoints are not made from pods. */
function addresses({ selector }: ServiceSpec, pods: readonly PodView[], namespace: string): string | undefined {
  const labels = Object.entries(selector ?? {})
  if (labels.length === 0) return undefined
  return pods
    .filter((pod) => pod.namespace === namespace && pod.ready && labels.every(([key, value]) => pod.labels[key] === value))
    .map(({ ip }) => ip)
    .sort()
    .join(' ')
}
