import { MeshproofError } from '../error.ts'
import { apiError } from './api-status.ts'
import type { Cluster } from './cluster.ts'
import type { HeldLease, LeaseObject } from './lease.ts'
import { request } from './request.ts'

/** In milliseconds. */
interface Pace {
  readonly renewMs: number
  /** After a renewal that failed. */
  readonly againMs: number
  /** Without a renewal for so long the lease counts as lost: before others may take it, 20 s after the last one. */
  readonly giveUpMs: number
}

const PACE: Pace = { renewMs: 5_000, againMs: 1_000, giveUpMs: 15_000 }

/** Renews a lease in the background until it is released or lost. */
export function keepRenewed(cluster: Cluster, path: string, held: LeaseObject, pace = PACE): Omit<HeldLease, 'takenFrom'> {
  const lost = new AbortController()
  const stopped = new AbortController()
  let lease = held
  let renewedAt = performance.now()
  let renewing: Promise<void> = Promise.resolve()
  let timer = schedule(pace.renewMs)

  function schedule(inMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      renewing = renew()
    }, inMs).unref()
  }

  async function renew(): Promise<void> {
    const begun = performance.now()
    try {
      const answer = await request(cluster, { method: 'PUT', path, body: renewed(lease), signal: stopped.signal, deadlineMs: pace.renewMs })
      if (answer.status === 409 || answer.status === 404) return lose(answer.status === 404 ? 'it was deleted' : 'somebody else wrote it')
      if (answer.status !== 200) throw apiError('renew the lease', answer)
      lease = answer.body as LeaseObject
      renewedAt = begun
      timer = schedule(pace.renewMs)
    } catch (error) {
      if (stopped.signal.aborted) return
      if (performance.now() - renewedAt > pace.giveUpMs) return lose(`not renewed for ${pace.giveUpMs / 1000} s`, error)
      timer = schedule(pace.againMs)
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
