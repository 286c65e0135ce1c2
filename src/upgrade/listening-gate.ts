import { apiError } from '../kube/api-status.ts'
import type { Cluster } from '../kube/cluster.ts'
import type { PodView } from '../kube/get.ts'
import { persist } from '../kube/persist.ts'
import { request } from '../kube/request.ts'

/** The readiness gate of `kind/upgrade/echo.yaml`. */
const CONDITION = 'meshproof.dev/listening'

/** Lets a pod become ready: its log and its wire are listened to. */
export async function openGate(cluster: Cluster, { namespace, name }: PodView, signal: AbortSignal): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`
  const body = { status: { conditions: [{ type: CONDITION, status: 'True', lastTransitionTime: new Date().toISOString() }] } }
  const contentType = 'application/strategic-merge-patch+json'
  const answer = await persist(signal, () => request(cluster, { method: 'PATCH', path, body, contentType, signal }))
  // It may have been deleted meanwhile.
  if (answer.status !== 200 && answer.status !== 404) throw apiError(`say that ${name}.${namespace} is listened to`, answer)
}
