import { MeshproofError } from '../error.ts'
import { apply } from '../kube/apply.ts'
import { type Cluster, OWNER_LABEL } from '../kube/cluster.ts'
import { list } from '../kube/get.ts'
import { podTroubles } from '../mesh/pod-troubles.ts'
import { ensureWorld } from '../mesh/world.ts'
import { OWNER, worldNamespace } from '../mesh/world-objects.ts'
import type { MintedSpec } from '../probe/tokens.ts'
import { ISSUER, Mint } from '../probe/tokens.ts'
import type { Change } from '../run/settle.ts'
import { formatKey } from '../scenario/format.ts'
import type { Manifest } from '../scenario/model.ts'
import { fillPlaceholders } from '../scenario/placeholders.ts'
import { waitFor } from '../wait.ts'
import { proberPlans } from './prober-plan.ts'
import { PROBER, type StandingSet } from './standing-set.ts'

interface Deploying {
  readonly cluster: Cluster
  readonly set: StandingSet
  readonly runId: string
  readonly signal: AbortSignal
}

const READY_WITHIN = 120_000
/** Longer than any upgrade, milliseconds. */
const TOKENS_LIVE_MS = 12 * 3_600_000

/**
 * Sets up the policies and those who are asked. Returns the changes, which still have to arrive, and `ask`, which starts the probers:
 * nothing is asked before everything stands.
 * @throws MeshproofError `standing-refused`, `standing-not-ready`.
 */
export async function deployStanding(deploying: Deploying): Promise<{ readonly changes: readonly Change[]; ask(): Promise<void> }> {
  const { cluster, set, runId, signal } = deploying
  await ensureWorld(cluster, set.world, signal)
  for (const namespace of set.namespaces) await applied(cluster, worldNamespace(namespace), signal)
  const mint = new Mint()
  const placeholders = { jwks: await mint.jwks(), issuer: ISSUER, run: runId }
  const applications = set.scenario.steps.flatMap(({ applies }) => applies)
  const changes = await Promise.all(
    applications.map(async ({ manifest, key }) => ({
      key,
      resourceVersion: await applied(cluster, fillPlaceholders(manifest, placeholders), signal),
    })),
  )
  const objectsOf = (isWanted: (app: string) => boolean) => set.apps.flatMap(({ app, objects }) => (isWanted(app) ? objects : []))
  await applyAll(
    cluster,
    objectsOf((app) => app !== PROBER),
    signal,
  )
  await untilReady(deploying, 'what is asked is ready')
  return {
    changes,
    ask: async () => {
      for (const [namespace, plan] of proberPlans({ pairs: set.pairs, bearers: await bearersOf(set, mint) })) {
        const metadata = { name: PROBER, namespace, labels: { [OWNER_LABEL]: OWNER } }
        await applied(cluster, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'plan.json': plan } }, signal)
      }
      await applyAll(
        cluster,
        objectsOf((app) => app === PROBER),
        signal,
      )
      await untilReady(deploying, 'the probers are ready')
    },
  }
}

async function bearersOf({ pairs }: StandingSet, mint: Mint): Promise<ReadonlyMap<string, string>> {
  const bearers = pairs.flatMap(({ id, cell: { question } }) =>
    question.kind === 'http' && question.token ? [[id, question.token] as const] : [],
  )
  return new Map(
    await Promise.all(
      bearers.map(async ([id, spec]) => [id, await mint.mint({ livesMs: TOKENS_LIVE_MS, ...spec } as MintedSpec)] as const),
    ),
  )
}

/** Accounts, services and settings first: a pod without its account has to be tried again by its controller. */
async function applyAll(cluster: Cluster, objects: readonly Manifest[], signal: AbortSignal): Promise<void> {
  const isPods = ({ kind }: Manifest) => kind === 'Deployment'
  for (const part of [objects.filter((object) => !isPods(object)), objects.filter(isPods)]) {
    await Promise.all(part.map((object) => applied(cluster, object, signal)))
  }
}

async function applied(cluster: Cluster, manifest: Manifest, signal: AbortSignal): Promise<string> {
  const outcome = await apply(cluster, manifest, { signal })
  if (outcome.kind === 'applied') return outcome.applied.resourceVersion
  const { kind, metadata } = manifest
  const key = { group: '', kind, name: metadata.name, namespace: metadata.namespace }
  throw new MeshproofError({
    code: 'standing-refused',
    message: `${formatKey(key)} of the standing set was refused`,
    seen: outcome.message,
  })
}

async function untilReady({ cluster, set, signal }: Deploying, what: string): Promise<void> {
  const names = set.namespaces.map(({ name }) => name)
  try {
    await waitFor({
      what,
      code: 'standing-not-ready',
      deadlineMs: READY_WITHIN,
      everyMs: 250,
      signal,
      look: async (looking) => {
        const lists = await Promise.all(
          names.map((namespace) => list(cluster, { group: 'apps', kind: 'Deployment', namespace, signal: looking })),
        )
        const unready = lists.flat().filter(({ status, spec }) => {
          const { readyReplicas = 0, updatedReplicas = 0 } = (status ?? {}) as { readyReplicas?: number; updatedReplicas?: number }
          const { replicas = 1 } = spec as { replicas?: number }
          return readyReplicas < replicas || updatedReplicas < replicas
        })
        return unready.length === 0
          ? { done: true }
          : { seen: unready.map(({ metadata }) => `${metadata.name}.${metadata.namespace} is not ready`).join('; ') }
      },
    })
  } catch (error) {
    if (!(error instanceof MeshproofError && error.code === 'standing-not-ready')) throw error
    const troubles = await Promise.all(names.map((namespace) => podTroubles(cluster, { namespace, signal })))
    throw new MeshproofError({
      code: error.code,
      message: error.message,
      seen: [error.seen, ...troubles.flat()].join('; '),
      next: `kubectl --context ${cluster.context} get pods,events -n ${names.join(' or -n ')}`,
    })
  }
}
