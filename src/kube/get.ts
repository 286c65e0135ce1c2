import { formatKey } from '../scenario/format.ts'
import type { ObjectKey } from '../scenario/model.ts'
import { apiError } from './api-status.ts'
import type { AnyObject, Cluster } from './cluster.ts'
import { request } from './request.ts'
import { findResource, pathOf, pathOfKey } from './resource.ts'

interface Bounded {
  readonly signal?: AbortSignal | undefined
}

/**
 * One object, or undefined when there is none.
 * @throws MeshproofError of `request`; `kind-unknown`; `api-forbidden`.
 */
export async function get(cluster: Cluster, key: ObjectKey, { signal }: Bounded = {}): Promise<AnyObject | undefined> {
  const answer = await request(cluster, { method: 'GET', path: await pathOfKey(cluster, key, signal), signal })
  if (answer.status === 404) return undefined
  if (answer.status !== 200) throw apiError(`read ${formatKey(key)}`, answer)
  return answer.body as AnyObject
}

interface ListOptions extends Bounded {
  readonly group: string
  readonly kind: string
  /** All namespaces unless said. */
  readonly namespace?: string | undefined
  /** As kubectl takes it: `app=sleep,version!=v2`. */
  readonly labelSelector?: string | undefined
}

/** The objects of a kind, with `apiVersion` and `kind` filled in (the API server leaves them out of lists). */
export async function list(cluster: Cluster, { group, kind, namespace = '', labelSelector, signal }: ListOptions): Promise<AnyObject[]> {
  const resource = await findResource(cluster, { group, kind }, signal)
  const query = labelSelector ? `?labelSelector=${encodeURIComponent(labelSelector)}` : ''
  const answer = await request(cluster, { method: 'GET', path: pathOf(resource, { namespace }) + query, signal })
  if (answer.status !== 200) throw apiError(`list ${kind}${namespace && ` in ${namespace}`}`, answer)
  const { items } = answer.body as { items: AnyObject[] | null }
  const apiVersion = group === '' ? resource.version : `${group}/${resource.version}`
  return (items ?? []).map((item) => ({ ...item, apiVersion, kind }))
}

/** What a run needs to know of a pod. */
export interface PodView {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  /** Empty until it has one. */
  readonly ip: string
  readonly labels: Readonly<Record<string, string>>
  readonly serviceAccount: string
  /** Its Ready condition, and not being deleted. */
  readonly ready: boolean
  readonly phase: string
  /**
   * Changes whenever a container was started anew or the pod became ready or unready: two equal ones mean that nothing of it happened in
   * between. (A pod that was unready for less than a second may go unseen: the API server keeps seconds.)
   */
  readonly lifeline: string
  /** Containers that run as long as the pod, native sidecars (restartable init containers) among them. */
  readonly containers: readonly string[]
}

interface PodsOptions extends Bounded {
  /** All namespaces unless said. */
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
}

/** The pods of a namespace, those that are finished left out. */
export async function listPods(cluster: Cluster, options: PodsOptions): Promise<PodView[]> {
  const pods = (await list(cluster, { ...options, group: '', kind: 'Pod' })) as unknown as RawPod[]
  return pods.map(podView).filter(({ phase }) => phase !== 'Succeeded' && phase !== 'Failed')
}

interface RawContainer {
  readonly name: string
  readonly restartPolicy?: string
}

interface RawPod {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly labels?: Record<string, string>
    readonly deletionTimestamp?: string
  }
  readonly spec: { readonly serviceAccountName?: string; readonly containers: RawContainer[]; readonly initContainers?: RawContainer[] }
  readonly status?: {
    readonly podIP?: string
    readonly phase?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly lastTransitionTime?: string }[]
    readonly containerStatuses?: readonly { readonly restartCount: number }[]
    readonly initContainerStatuses?: readonly { readonly restartCount: number }[]
  }
}

function podView({ metadata, spec, status }: RawPod): PodView {
  const readiness = (status?.conditions ?? []).find(({ type }) => type === 'Ready')
  const started = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].map(({ restartCount }) => restartCount)
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    uid: metadata.uid,
    ip: status?.podIP ?? '',
    labels: metadata.labels ?? {},
    serviceAccount: spec.serviceAccountName ?? 'default',
    ready: readiness?.status === 'True' && metadata.deletionTimestamp === undefined,
    phase: status?.phase ?? 'Unknown',
    lifeline: `${readiness?.lastTransitionTime ?? 'never'} ${started.join(' ')}`,
    containers: [...spec.containers, ...sidecars].map(({ name }) => name),
  }
}

/** One address that takes a service's connections now. */
export interface ReadyEndpoint {
  readonly address: string
  /** Empty for an endpoint that is no pod. */
  readonly podUid: string
  readonly podName: string
  /** The service's ports by name, as the pod has them. */
  readonly ports: readonly { readonly name: string; readonly port: number }[]
}

/** The ready endpoints of a service, from its EndpointSlices; terminating ones are left out. */
export async function readyEndpoints(
  cluster: Cluster,
  service: { namespace: string; name: string },
  { signal }: Bounded = {},
): Promise<ReadyEndpoint[]> {
  const slices = (await list(cluster, {
    group: 'discovery.k8s.io',
    kind: 'EndpointSlice',
    namespace: service.namespace,
    labelSelector: `kubernetes.io/service-name=${service.name}`,
    signal,
  })) as unknown as RawSlice[]
  return slices.flatMap(({ endpoints, ports }) =>
    (endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false && conditions?.terminating !== true)
      .flatMap(({ addresses, targetRef }) =>
        addresses.map((address) => ({
          address,
          podUid: targetRef?.kind === 'Pod' ? (targetRef.uid ?? '') : '',
          podName: targetRef?.kind === 'Pod' ? (targetRef.name ?? '') : '',
          ports: (ports ?? []).map(({ name = '', port = 0 }) => ({ name, port })),
        })),
      ),
  )
}

interface RawSlice {
  readonly ports?: readonly { readonly name?: string; readonly port?: number }[] | null
  readonly endpoints?:
    | readonly {
        readonly addresses: readonly string[]
        readonly conditions?: { readonly ready?: boolean; readonly terminating?: boolean }
        readonly targetRef?: { readonly kind?: string; readonly name?: string; readonly uid?: string }
      }[]
    | null
}
