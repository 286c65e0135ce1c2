import type { Cluster } from '../kube/cluster.ts'
import { list } from '../kube/get.ts'

interface Where {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly signal: AbortSignal
}

/** Why pods do not become ready, one sentence each: `httpbin-x.foo/httpbin: ImagePullBackOff, no such image`. */
export async function podTroubles(cluster: Cluster, where: Where): Promise<string[]> {
  const pods = (await list(cluster, { group: '', kind: 'Pod', ...where })) as unknown as RawPod[]
  return pods.flatMap(troublesOf)
}

interface RawPod {
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string; readonly message?: string }[]
    readonly initContainerStatuses?: readonly RawContainer[]
    readonly containerStatuses?: readonly RawContainer[]
  }
}

interface RawContainer {
  readonly name: string
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string }
    readonly terminated?: { readonly reason?: string; readonly exitCode?: number }
  }
}

/** Waiting for an earlier container is no trouble of its own. */
const USUAL = new Set(['PodInitializing', 'ContainerCreating'])

function troublesOf({ metadata, status }: RawPod): string[] {
  const pod = `${metadata.name}.${metadata.namespace}`
  const unscheduled = (status?.conditions ?? [])
    .filter((condition) => condition.type === 'PodScheduled' && condition.status === 'False')
    .map(({ reason = 'not scheduled', message = '' }) => said(pod, reason, message))
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].flatMap(({ name, state }) => {
    if (state?.waiting && !USUAL.has(state.waiting.reason ?? '')) {
      return [said(`${pod}/${name}`, state.waiting.reason ?? 'waiting', state.waiting.message ?? '')]
    }
    if (state?.terminated && state.terminated.exitCode !== 0) {
      return [said(`${pod}/${name}`, state.terminated.reason ?? 'ended', `exit code ${state.terminated.exitCode}`)]
    }
    return []
  })
  return [...unscheduled, ...containers]
}

function said(who: string, reason: string, message: string): string {
  return `${who}: ${reason}${message && `, ${message}`}`
}
