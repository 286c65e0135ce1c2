import { MeshproofError } from '../error.ts'
import type { PodView } from '../kube/get.ts'
import { proxyAdmin } from '../probe/proxy.ts'
import { waitFor } from '../wait.ts'
import { Epochs } from './epochs.ts'
import { control, type EpochBook } from './observe.ts'
import { isGateway, PROXY, type Stage } from './stage.ts'

const LINE_MS = 2_000

interface FenceOptions {
  readonly stage: Stage
  readonly runId: string
  readonly pod: PodView
  readonly ports: readonly number[]
  readonly book: EpochBook
  readonly deadlineMs: number
}

/**
 * Brings what is known of a server's connections up to date after its configuration changed: reads the inbound filter chains that
 * are active (none warming), then opens a connection of our own, whose id parts the old connections from the new.
 * Resolves when that connection stands: what is asked from then on may be judged once `known` has settled, a flush of the log later.
 * @throws MeshproofError `not-propagated` while Envoy warms; `known` rejects with `fence-missing` when its log does not show our
 * connection.
 */
export async function fence({ stage, runId, pod, ports, book, deadlineMs }: FenceOptions): Promise<{ readonly known: Promise<void> }> {
  const epochs = book.get(pod.uid) ?? new Epochs()
  book.set(pod.uid, epochs)
  if (ports.length === 0) return { known: Promise.resolve() }
  const [admin, log] = await Promise.all([adminOf(stage, pod), stage.log(pod)])
  const chains = await waitFor({
    what: `${pod.name}.${pod.namespace} runs the inbound chains that it accepted`,
    code: 'not-propagated',
    deadlineMs,
    everyMs: 5,
    signal: stage.signal,
    look: async (signal) => {
      const inbound = await admin.inbound(isGateway(pod) ? 'gateway' : 'sidecar', signal)
      return inbound.warming ? { seen: 'other chains are warming' } : { done: inbound.chains }
    },
  })
  // A gateway listens only where some Gateway object wants it to.
  const port = ports.find((one) => !isGateway(pod) || chains.has(`${one} plain`))
  if (port === undefined) {
    epochs.advance(chains, Number.POSITIVE_INFINITY)
    return { known: Promise.resolve() }
  }
  const { mark } = log
  const { localPort } = await control({ stage, runId, pod, port })
  const logged = log.find(({ directRemote }) => directRemote?.endsWith(`:${localPort}`) === true, {
    mark,
    deadlineMs: LINE_MS,
    signal: stage.signal,
  })
  const known = logged.then((line) => {
    if (!line) throw missing(pod, port, { localPort, fault: log.fault() })
    epochs.advance(chains, line.connection === 0 ? Number.POSITIVE_INFINITY : line.connection)
  })
  return { known }
}

function missing({ name, namespace }: PodView, port: number, { localPort, fault }: { localPort: number; fault: string | undefined }) {
  return new MeshproofError({
    code: 'fence-missing',
    message: `the proxy of ${name}.${namespace} did not log a connection that was opened to port ${port}`,
    expected: `a line whose remote end has port ${localPort}`,
    seen: fault ?? 'other lines only',
    next: 'meshproof doctor',
  })
}
/** Waits until a proxy has nothing left that is warming. */
export async function unwarmed(stage: Stage, pod: PodView, deadlineMs: number): Promise<void> {
  const admin = await adminOf(stage, pod)
  await waitFor({
    what: `${pod.name}.${pod.namespace} has activated what it accepted`,
    code: 'not-propagated',
    deadlineMs,
    everyMs: 20,
    signal: stage.signal,
    look: async (signal) => {
      const { warming } = await admin.state(signal)
      return warming === 0 ? { done: true } : { seen: `${warming} listeners or clusters are warming` }
    },
  })
}

async function adminOf(stage: Stage, pod: PodView) {
  return proxyAdmin(await stage.session({ namespace: pod.namespace, pod: pod.name, container: PROXY }))
}
