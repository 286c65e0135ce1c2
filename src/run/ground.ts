import { MeshproofError } from '../error.ts'
import type { PodView } from '../kube/get.ts'
import type { Cell, Scenario, Step } from '../scenario/model.ts'
import { type Cast, endsOf } from './cast.ts'
import { answering } from './ends.ts'
import { fence, unwarmed } from './fence.ts'
import type { EpochBook, Ground } from './observe.ts'
import { type Nonces, type Settled, settle } from './settle.ts'
import { hasProxy, type Stage } from './stage.ts'

interface GroundOptions {
  readonly stage: Stage
  readonly runId: string
  readonly scenario: Scenario
  readonly step: Step
  readonly cells: readonly Cell[]
  readonly cast: Cast
  readonly book: EpochBook
}

/**
 * Makes sure that what istiod sent runs in the proxies, not only that they accepted it: in every server whose proxy was sent something
 * since its connections were last looked at, and in every client that the step altered. A proxy that is not connected to istiod yet, since
 * its pod has only become ready, is waited for.
 * @throws MeshproofError `proxy-not-connected`, `not-propagated`, those of `fence`.
 */
export async function layGround(options: GroundOptions, settled: Settled): Promise<Ground> {
  const { stage, runId, step, book, cast } = options
  const { servers, clients } = proxiesOf(options)
  const deadlineMs = step.bounds.settleMs
  const { nonces, altered } = await connected(options, { settled, pods: [...servers, ...clients] })
  const known: Promise<void>[] = []
  await Promise.all([
    ...servers.map(async (pod) => {
      const nonce = nonces.get(proxyName(pod))
      if (book.get(pod.uid)?.nonce === nonce) return
      const fenced = await fence({ stage, runId, pod, ports: cast.ports.get(pod.uid) ?? [], book, deadlineMs })
      known.push(
        fenced.known.then(() => {
          const epochs = book.get(pod.uid)
          if (epochs) epochs.nonce = nonce
        }),
      )
    }),
    ...clients.map(async (pod) => {
      if (altered.includes(proxyName(pod))) await unwarmed(stage, pod, deadlineMs)
    }),
  ])
  const all = Promise.all(known)
  // It may fail while nobody waits for it yet.
  all.catch(() => {})
  return { nonces, fenced: { known: all } }
}

/** Settles again without a change of the step's own: others change the mesh as well. */
export async function resettle(options: GroundOptions, before: Nonces): Promise<Ground> {
  const { stage, runId, step } = options
  return layGround(options, await settle({ stage, runId, changes: [], before, deadlineMs: step.bounds.settleMs }))
}

function proxiesOf({ scenario, cells, cast }: GroundOptions): { servers: readonly PodView[]; clients: readonly PodView[] } {
  const ends = endsOf(cast, scenario)
  const found = cells.flatMap((cell) => ends.get(cell.id) ?? [])
  const servers = new Map(found.flatMap(answering).flatMap(({ pod }) => (hasProxy(pod) ? [[pod.uid, pod] as const] : [])))
  const clients = new Map(found.flatMap(({ source, viaProxy }) => (viaProxy ? [[source.uid, source] as const] : [])))
  return { servers: [...servers.values()], clients: [...clients.values()] }
}

async function connected(
  { stage, runId, step }: GroundOptions,
  { settled, pods }: { settled: Settled; pods: readonly PodView[] },
): Promise<Settled> {
  const needed = pods.map(proxyName)
  if (needed.every((proxy) => settled.nonces.has(proxy))) return settled
  const { settleMs: deadlineMs } = step.bounds
  try {
    return await settle({ stage, runId, changes: [], before: settled.nonces, needed, deadlineMs })
  } catch (error) {
    if (!(error instanceof MeshproofError) || error.code !== 'not-propagated') throw error
    const absent = needed.find((proxy) => error.seen?.includes(`${proxy} is not connected`))
    if (absent === undefined) throw error
    const message = `the proxy of ${absent} is not connected to istiod`
    throw new MeshproofError({ code: 'proxy-not-connected', message, seen: error.seen, next: 'meshproof doctor', cause: error })
  }
}

/** A proxy as istiod names it. */
function proxyName({ name, namespace }: PodView): string {
  return `${name}.${namespace}`
}
