import { MeshproofError } from '../error.ts'
import { apiError } from '../kube/api-status.ts'
import type { AnyObject, Cluster } from '../kube/cluster.ts'
import { list } from '../kube/get.ts'
import { persist } from '../kube/persist.ts'
import { request } from '../kube/request.ts'
import { pathOfKey } from '../kube/resource.ts'
import { podTroubles } from '../mesh/pod-troubles.ts'
import { PROXY } from '../run/stage.ts'
import { waitFor } from '../wait.ts'

interface Restarting {
  readonly cluster: Cluster
  readonly namespaces: readonly string[]
  /** The image that every sidecar must have afterwards. */
  readonly image: string
  readonly signal: AbortSignal
}

/** A pod has its preStop, its drain and its successor's start; on a busy machine some of them at once. */
const ROLLED_WITHIN = 180_000

/**
 * Restarts the workloads of some namespaces whose sidecars are of another version, as `kubectl rollout restart` does, and waits until
 * every pod runs the new sidecar and no old pod is left.
 * @throws MeshproofError `proxies-not-restarted` with the reasons of the pods.
 */
export async function restartProxies({ cluster, namespaces, image, signal }: Restarting): Promise<void> {
  const pods = (await Promise.all(namespaces.map((namespace) => list(cluster, { group: '', kind: 'Pod', namespace, signal })))).flat()
  const old = pods.filter((pod) => hasOther(pod, image))
  const deployments = await Promise.all(
    namespaces.map((namespace) => list(cluster, { group: 'apps', kind: 'Deployment', namespace, signal })),
  )
  const due = deployments.flat().filter((deployment) => old.some((pod) => isOf(pod, deployment)))
  await Promise.all(due.map((deployment) => restart(cluster, deployment, signal)))
  try {
    await Promise.all(namespaces.map((namespace) => untilRestarted({ cluster, namespace, image, signal })))
  } catch (error) {
    if (!(error instanceof MeshproofError && error.code === 'proxies-not-restarted')) throw error
    const troubles = await Promise.all(namespaces.map((namespace) => podTroubles(cluster, { namespace, signal })))
    throw new MeshproofError({
      code: 'proxies-not-restarted',
      message: error.message,
      expected: `sidecars of the image ${image}`,
      seen: [error.seen, ...troubles.flat()].join('; '),
      next: `kubectl --context ${cluster.context} get pods,events -n ${namespaces.join(' or -n ')}`,
    })
  }
}

async function restart(cluster: Cluster, { metadata }: AnyObject, signal: AbortSignal): Promise<void> {
  const key = { group: 'apps', kind: 'Deployment', name: metadata.name, namespace: metadata.namespace }
  const path = await pathOfKey(cluster, key, signal)
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() }
  const body = { spec: { template: { metadata: { annotations } } } }
  const answer = await persist(signal, () =>
    request(cluster, { method: 'PATCH', path, body, contentType: 'application/merge-patch+json', signal }),
  )
  if (answer.status !== 200) throw apiError(`restart ${key.name}.${key.namespace}`, answer)
}

async function untilRestarted({ cluster, namespace, image, signal }: Omit<Restarting, 'namespaces'> & { readonly namespace: string }) {
  await waitFor({
    what: `the sidecars of ${namespace} are new`,
    code: 'proxies-not-restarted',
    deadlineMs: ROLLED_WITHIN,
    everyMs: 250,
    signal,
    look: async (looking) => {
      const [pods, deployments] = await Promise.all([
        list(cluster, { group: '', kind: 'Pod', namespace, signal: looking }),
        list(cluster, { group: 'apps', kind: 'Deployment', namespace, signal: looking }),
      ])
      const waiting = [
        ...deployments.filter((one) => !isRolledOut(one)).map(({ metadata }) => `${metadata.name}.${namespace} is not rolled out`),
        ...pods.filter((pod) => hasOther(pod, image)).map(({ metadata }) => `${metadata.name}.${namespace} still has the old sidecar`),
      ]
      return waiting.length === 0 ? { done: true } : { seen: waiting.join('; ') }
    },
  })
}

interface Container {
  readonly name: string
  readonly image: string
}

function hasOther({ spec }: AnyObject, image: string): boolean {
  const { containers = [], initContainers = [] } = spec as { containers?: Container[]; initContainers?: Container[] }
  return [...containers, ...initContainers].some((container) => container.name === PROXY && container.image !== image)
}

function isOf({ metadata }: AnyObject, deployment: AnyObject): boolean {
  const { selector } = deployment['spec'] as { selector: { matchLabels?: Readonly<Record<string, string>> } }
  if (metadata.namespace !== deployment.metadata.namespace) return false
  return Object.entries(selector.matchLabels ?? {}).every(([key, value]) => metadata.labels?.[key] === value)
}

function isRolledOut({ metadata, spec, status }: AnyObject): boolean {
  const wanted = (spec as { replicas?: number }).replicas ?? 1
  const seen = (status ?? {}) as Readonly<Record<string, number | undefined>>
  if (seen['observedGeneration'] !== metadata['generation']) return false
  return (seen['updatedReplicas'] ?? 0) === wanted && (seen['readyReplicas'] ?? 0) === wanted && (seen['replicas'] ?? 0) === wanted
}
