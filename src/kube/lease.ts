import { MeshproofError } from '../error.ts'
import { apiError } from './api-status.ts'
import { type AnyObject, type Cluster, HOME_NAMESPACE, OWNER_LABEL } from './cluster.ts'
import { type Holder, readHolder, stateOf, thisHolder, writeHolder } from './holder.ts'
import { keepRenewed } from './lease-renewal.ts'
import { request } from './request.ts'

interface AcquireOptions {
  readonly runId: string
  readonly signal: AbortSignal
}

export interface HeldLease {
  /** Aborts with MeshproofError `lease-lost` when the cluster may have another holder; the run must stop then. */
  readonly lost: AbortSignal
  /** The run whose holder was dead; what it left behind is to be swept. */
  readonly takenFrom: Holder | undefined
  /** Ends the renewing and deletes the Lease, if it is still ours. */
  release(): Promise<void>
}

export type LeaseObject = AnyObject & {
  readonly spec?: {
    readonly holderIdentity?: string
    readonly leaseDurationSeconds?: number
    readonly acquireTime?: string
    readonly renewTime?: string
  }
}

const LEASE_SECONDS = 20
const COLLECTION = `/apis/coordination.k8s.io/v1/namespaces/${HOME_NAMESPACE}/leases`
const LEASE_PATH = `${COLLECTION}/meshproof-run`
/** Rounds of looking and writing; each is lost only to another process that wrote in between. */
const ROUNDS = 10

/**
 * Takes the cluster for one run, and keeps it by renewing every 5 s.
 * A dead holder on this machine is taken over at once; any other 20 s after it last renewed, by the API server's clock.
 * @throws MeshproofError `cluster-busy` naming the live holder; those of `request`.
 */
export async function acquireLease(cluster: Cluster, { runId, signal }: AcquireOptions): Promise<HeldLease> {
  const me = writeHolder(await thisHolder(runId))
  for (let round = 0; round < ROUNDS; round += 1) {
    const seen = await request(cluster, { method: 'GET', path: LEASE_PATH, signal })
    if (seen.status !== 200 && seen.status !== 404) throw apiError('show the lease', seen)
    const before = seen.status === 404 ? undefined : (seen.body as LeaseObject)
    const takenFrom = before && (await deadHolder(cluster, before, seen.serverTime))
    const written = await write(cluster, before, me, signal)
    if (written) return { ...keepRenewed(cluster, LEASE_PATH, written), takenFrom }
  }
  throw new MeshproofError({ code: 'cluster-busy', message: `others keep taking the cluster ${cluster.context} first` })
}

/** Undefined when nobody holds it. */
async function deadHolder(cluster: Cluster, lease: LeaseObject, serverTime: number): Promise<Holder | undefined> {
  const identity = lease.spec?.holderIdentity ?? ''
  if (identity === '') return undefined
  const holder = readHolder(identity) ?? { host: identity, boot: '', pid: 0, started: '', run: '' }
  const state = await stateOf(holder)
  if (state === 'dead') return holder
  const age = (serverTime - lastWritten(lease)) / 1000
  if (state === 'unknown' && age > LEASE_SECONDS) return holder
  throw new MeshproofError({
    code: 'cluster-busy',
    message: `another run holds the cluster ${cluster.context}`,
    seen: `run ${holder.run || 'unknown'}, process ${holder.pid} on ${holder.host}, renewed ${Math.max(0, Math.round(age))} s ago`,
    next:
      state === 'alive'
        ? `wait for it, or end it: kill ${holder.pid}`
        : `wait for it; if it is dead, the cluster is free ${LEASE_SECONDS} s after it last renewed`,
  })
}

/** By the API server's own clock where it noted the time: the holder's clock and ours may differ. */
function lastWritten({ metadata, spec }: LeaseObject): number {
  const fields = (metadata['managedFields'] ?? []) as readonly { readonly time?: string }[]
  const times = fields.map(({ time }) => Date.parse(time ?? '')).filter(Number.isFinite)
  return times.length > 0 ? Math.max(...times) : Date.parse(spec?.renewTime ?? '') || 0
}

/** Undefined when somebody else wrote first. */
async function write(cluster: Cluster, before: LeaseObject | undefined, me: string, signal: AbortSignal): Promise<LeaseObject | undefined> {
  const body = leaseOf(before, me)
  const answer = await (before
    ? request(cluster, { method: 'PUT', path: LEASE_PATH, body, signal })
    : request(cluster, { method: 'POST', path: COLLECTION, body, signal }))
  if (answer.status === 200 || answer.status === 201) return answer.body as LeaseObject
  if (answer.status === 409) return undefined
  if (answer.status === 404) {
    if (!before) await makeHome(cluster, signal)
    return undefined
  }
  throw apiError('write the lease', answer)
}

function leaseOf(before: LeaseObject | undefined, me: string): LeaseObject {
  // Leases are written with six digits of a second.
  const now = new Date().toISOString().replace('Z', '000Z')
  const { resourceVersion, uid } = before?.metadata ?? {}
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: 'meshproof-run',
      namespace: HOME_NAMESPACE,
      labels: { [OWNER_LABEL]: 'meshproof' },
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(uid === undefined ? {} : { uid }),
    },
    spec: { holderIdentity: me, leaseDurationSeconds: LEASE_SECONDS, acquireTime: now, renewTime: now },
  }
}

async function makeHome(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: HOME_NAMESPACE, labels: { [OWNER_LABEL]: 'meshproof' } } }
  const answer = await request(cluster, { method: 'POST', path: '/api/v1/namespaces', body, signal })
  if (answer.status !== 201 && answer.status !== 409) throw apiError(`create the namespace ${HOME_NAMESPACE}`, answer)
}
