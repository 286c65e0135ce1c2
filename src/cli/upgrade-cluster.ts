import { homedir } from 'node:os'
import { join } from 'node:path'
import { formatError } from '../error.ts'
import type { Cluster } from '../kube/cluster.ts'
import { connect } from '../kube/connect.ts'
import { down } from '../mesh/down.ts'
import { type Engine, ensureEngine } from '../mesh/engine.ts'
import type { MeshRecord } from '../mesh/mesh-record.ts'
import { ensureTools } from '../mesh/tools.ts'
import type { ImageSource, IstioLine, Progress, Tools } from '../mesh/types.ts'
import { type BothLines, ensureBothLines } from '../upgrade/both-lines.ts'
import { clearCluster, freshCluster, markUpgrade } from '../upgrade/fresh-cluster.ts'
import { prepareMarked, readMarked, removeStanding } from '../upgrade/marked-cluster.ts'
import { ensureProberImage } from '../upgrade/prober-image.ts'
import type { StandingSet } from '../upgrade/standing-set.ts'
import type { upgrade } from '../upgrade/upgrade.ts'

/** A cluster is removed in seconds; an engine that hangs must not keep the process. */
const DOWN_MS = 90_000

/** What an upgrade needs of a cluster. */
type Ready = Pick<Parameters<typeof upgrade>[0], 'cluster' | 'mesh' | 'lines' | 'tools'>

interface OnCluster {
  readonly name: string
  /** A cluster of `meshproof up` instead of a fresh one; it is not removed. */
  readonly context?: string | undefined
  readonly from: IstioLine
  readonly to: IstioLine
  readonly images: 'auto' | ImageSource
  readonly install: boolean
  readonly yes: boolean
  readonly keep: boolean
  readonly signal: AbortSignal
  readonly set: StandingSet
  readonly progress: Progress
}

/** Does the work on the cluster of `--context`, else on a fresh one, and clears up in the end. */
export async function onCluster<T>(options: OnCluster, work: (ready: Ready) => Promise<T>): Promise<T> {
  const { signal, progress, context, from } = options
  const engine = await ensureEngine(options)
  const tools = await ensureTools({ need: ['kind', 'helm'], signal, progress })
  if (context === undefined) {
    const lines = await ensureBothLines({ ...options, engine, tools })
    return onFreshCluster({ ...options, engine, tools, lines }, work)
  }
  const cluster = await connect({ context, signal })
  const record = await readMarked({ cluster, from, signal })
  const lines = await ensureBothLines({ ...options, images: record.source, engine, tools })
  return onMarkedCluster({ ...options, engine, tools, lines, cluster, record }, work)
}

interface OnFresh extends OnCluster {
  readonly engine: Engine
  readonly tools: Tools
  readonly lines: BothLines
}

/** Removes the cluster in the end, unless it is to be kept. */
async function onFreshCluster<T>(options: OnFresh, work: (ready: Ready) => Promise<T>): Promise<T> {
  const { name, keep, engine, tools, lines, signal, progress } = options
  const prober = await ensureProberImage(options)
  await clearCluster({ name, engine, signal, progress })
  let made: Awaited<ReturnType<typeof freshCluster>> | undefined
  try {
    made = await freshCluster({ name, lines: { ...lines, images: [...lines.images, prober] }, engine, tools, signal, progress })
    return await work({ ...made, lines, tools })
  } finally {
    const ending = AbortSignal.timeout(DOWN_MS)
    await ended(keep ? made && markUpgrade(made.cluster, 'kept', ending) : down({ name, signal: ending, progress }))
  }
}

/** Takes the standing set away in the end, unless it is to be kept. */
async function onMarkedCluster<T>(
  options: OnFresh & { readonly cluster: Cluster; readonly record: MeshRecord },
  work: (ready: Ready) => Promise<T>,
): Promise<T> {
  const { cluster, keep, set, tools, lines } = options
  const prober = await ensureProberImage(options)
  const kubeconfig = process.env['KUBECONFIG'] || join(homedir(), '.kube', 'config')
  const mesh = await prepareMarked({ ...options, kubeconfig, images: [...lines.to.images, prober] })
  try {
    return await work({ cluster, mesh, lines, tools })
  } finally {
    await ended(keep ? undefined : removeStanding(cluster, set, AbortSignal.timeout(DOWN_MS)))
  }
}

/** The result stands, whatever becomes of the cluster. */
async function ended(end: Promise<unknown> | undefined): Promise<void> {
  await end?.catch((error: unknown) => process.stderr.write(`${formatError(error)}\n`))
}
