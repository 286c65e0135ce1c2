import { MeshproofError } from '../error.ts'
import { apiError } from './api-status.ts'
import type { Cluster } from './cluster.ts'
import type { HeldLease, LeaseObject } from './lease.ts'
import { request } from './request.ts'

const RENEW_MS = 5_000
/** After a failed renewal. */
const AGAIN_MS = 1_000
/** Without a renewal for so long we stop, before others may take over (20 s). */
const GIVE_UP_MS = 15_000

/** Renews a lease in the background until it is released or lost. */
export function keepRenewed(cluster: Cluster, path: string, held: LeaseObject): Omit<HeldLease, 'takenFrom'> {
  const lost = new AbortController()
  const stopped = new AbortController()
  let lease = held
  let renewedAt = performance.now()
  let renewing: Promise<void> = Promise.resolve()
  let timer = schedule(RENEW_MS)

  function schedule(inMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      renewing = renew()
    }, inMs).unref()
  }

  async function renew(): Promise<void> {
    const begun = performance.now()
    try {
      const answer = await request(cluster, { method: 'PUT', path, body: renewed(lease), signal: stopped.signal, deadlineMs: RENEW_MS })
      if (answer.status === 409 || answer.status === 404) return lose(answer.status === 404 ? 'it was deleted' : 'somebody else wrote it')
      if (answer.status !== 200) throw apiError('renew the lease', answer)
      lease = answer.body as LeaseObject
      renewedAt = begun
      timer = schedule(RENEW_MS)
    } catch (error) {
      if (stopped.signal.aborted) return
      if (performance.now() - renewedAt > GIVE_UP_MS) return lose(`not renewed for ${GIVE_UP_MS / 1000} s`, error)
      timer = schedule(AGAIN_MS)
    }
  }

  function lose(seen: string, cause?: unknown): void {
    lost.abort(new MeshproofError({ code: 'lease-lost', message: `the lease of the cluster ${cluster.context} is lost`, seen, cause }))
  }

  return {
    lost: lost.signal,
    async release() {
      clearTimeout(timer)
      stopped.abort()
      await renewing
      if (lost.signal.aborted) return
      await letGo(cluster, path, lease)
    },
  }
}

/** Deletes exactly the lease that is still ours: a renewal that was cut off may have made a newer version, or others a new lease. */
async function letGo(cluster: Cluster, path: string, mine: LeaseObject): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    const seen = await request(cluster, { method: 'GET', path })
    if (seen.status === 404) return
    if (seen.status !== 200) throw apiError('show the lease', seen)
    const { metadata, spec } = seen.body as LeaseObject
    if (spec?.holderIdentity !== mine.spec?.holderIdentity) return
    const preconditions = { uid: metadata.uid, resourceVersion: metadata.resourceVersion }
    const answer = await request(cluster, { method: 'DELETE', path, body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions } })
    if (answer.status === 200 || answer.status === 202 || answer.status === 404) return
    if (answer.status !== 409) throw apiError('delete the lease', answer)
  }
}

function renewed(lease: LeaseObject): LeaseObject {
  return { ...lease, spec: { ...lease.spec, renewTime: new Date().toISOString().replace('Z', '000Z') } }
}
