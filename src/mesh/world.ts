import { readFile } from 'node:fs/promises'
import pLimit from 'p-limit'
import { EXIT, MeshproofError } from '../error.ts'
import { apply } from '../kube/apply.ts'
import { type AnyObject, type Cluster, OWNER_LABEL } from '../kube/cluster.ts'
import { get, list, listPods } from '../kube/get.ts'
import { remove } from '../kube/remove.ts'
import { groupVersion } from '../kube/resource.ts'
import { formatKey } from '../scenario/format.ts'
import type { Manifest, ObjectKey, WorldNamespace } from '../scenario/model.ts'
import { waitFor } from '../wait.ts'
import { KIND_FOLDER } from './kind-folder.ts'
import { podTroubles } from './pod-troubles.ts'
import { readVersions } from './versions.ts'
import { type Gap, type SeenWorld, worldGaps } from './world-gaps.ts'
import { OWNER, type WorldApp, worldApp, worldNamespace } from './world-objects.ts'

const READY_MS = 120_000
const GONE_MS = 60_000

/** What a scenario asks for: its place in the file plays no part here. */
export type WantedNamespace = Pick<WorldNamespace, 'name' | 'mesh' | 'apps'>

/**
 * Makes the namespaces and apps of a world exist and be ready, within two minutes.
 * What is there and current is not touched: then it costs three list calls.
 * @throws MeshproofError `app-unknown`; `not-ours` (exit 2, nothing applied) when an object without our label is in the way;
 * `world-refused`; `world-not-ready` with the reasons; those of `request`.
 */
export async function ensureWorld(cluster: Cluster, namespaces: readonly WantedNamespace[], signal: AbortSignal): Promise<void> {
  const apps = await readApps(namespaces)
  const gaps = worldGaps(namespaces, apps, await look(cluster, signal))
  if (gaps.length === 0) return
  const changes = changesFor(gaps, namespaces, apps)
  await assertOurs(cluster, changes, signal)
  await untilGone(cluster, gaps, signal)
  await applyAll(cluster, changes, signal)
  await removeBare(cluster, gaps, signal)
  await untilReady(cluster, { namespaces, apps }, signal)
}

/** Whether such a world is there and ready; changes nothing. @throws MeshproofError `app-unknown`; those of `request`. */
export async function isWorldReady(cluster: Cluster, namespaces: readonly WantedNamespace[], signal: AbortSignal): Promise<boolean> {
  return worldGaps(namespaces, await readApps(namespaces), await look(cluster, signal)).length === 0
}

async function readApps(namespaces: readonly WantedNamespace[]): Promise<WorldApp[]> {
  const captureImage = (await readVersions()).apps.capture.image
  const wanted = namespaces.flatMap(({ name, mesh, apps }) => apps.map((app) => ({ namespace: name, mesh, app })))
  return Promise.all(wanted.map(async (one) => worldApp({ ...one, captureImage, text: await readApp(one.app) })))
}

async function readApp(app: string): Promise<string> {
  const file = `${KIND_FOLDER}apps/${app}.yaml`
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new MeshproofError({ code: 'app-unknown', message: `there is no app ${app}`, expected: file, cause, exit: EXIT.usage })
  }
}

async function look(cluster: Cluster, signal: AbortSignal): Promise<SeenWorld> {
  const labelSelector = `${OWNER_LABEL}=${OWNER}`
  const [namespaces, services, pods] = await Promise.all([
    list(cluster, { group: '', kind: 'Namespace', labelSelector, signal }),
    list(cluster, { group: '', kind: 'Service', labelSelector, signal }),
    listPods(cluster, { labelSelector, signal }),
  ])
  return {
    namespaces: namespaces.map(({ metadata }) => ({
      name: metadata.name,
      labels: metadata.labels ?? {},
      terminating: metadata['deletionTimestamp'] !== undefined,
    })),
    services: services.map(({ metadata }) => ({ name: metadata.name, namespace: metadata.namespace, labels: metadata.labels ?? {} })),
    pods,
  }
}

interface Changes {
  readonly namespaces: readonly Manifest[]
  readonly objects: readonly Manifest[]
}

function changesFor(gaps: readonly Gap[], namespaces: readonly WantedNamespace[], apps: readonly WorldApp[]): Changes {
  const whole = new Set(gaps.filter(({ app, mend }) => app === '' && mend !== 'pod').map(({ namespace }) => namespace))
  const single = new Set(gaps.filter(({ mend }) => mend === 'apply').map(({ app, namespace }) => `${app}.${namespace}`))
  const objects = apps
    .filter(({ app, namespace }) => whole.has(namespace) || single.has(`${app}.${namespace}`))
    .flatMap((app) => app.objects)
  return {
    namespaces: namespaces.filter(({ name }) => whole.has(name)).map(worldNamespace),
    // Versions of one app bring the same Service and account.
    objects: [...new Map(objects.map((object) => [formatKey(keyOf(object)), object])).values()],
  }
}

/** Nothing of somebody else is ever written over: all is looked at before anything is applied. */
async function assertOurs(cluster: Cluster, { namespaces, objects }: Changes, signal: AbortSignal): Promise<void> {
  const limit = pLimit(8)
  const inTheWay = await Promise.all(
    [...namespaces, ...objects].map((manifest) =>
      limit(async () => {
        const key = keyOf(manifest)
        const there = await get(cluster, key, { signal })
        return there === undefined || isOurs(there) ? [] : [key.namespace === '' ? `${key.kind}/${key.name}` : formatKey(key)]
      }),
    ),
  )
  const foreign = inTheWay.flat()
  if (foreign.length === 0) return
  throw new MeshproofError({
    code: 'not-ours',
    message: `the world needs what is there already and was not made by meshproof: ${foreign.join(', ')}`,
    expected: `no such object, or one with the label ${OWNER_LABEL}=${OWNER}`,
    next: 'name other namespaces in the scenario, or use a cluster of its own: meshproof up',
    exit: EXIT.usage,
  })
}

function isOurs({ metadata }: AnyObject): boolean {
  return metadata.labels?.[OWNER_LABEL] === OWNER
}

function keyOf({ apiVersion, kind, metadata }: Manifest): ObjectKey {
  return { group: groupVersion(apiVersion).group, kind, name: metadata.name, namespace: metadata.namespace }
}

async function untilGone(cluster: Cluster, gaps: readonly Gap[], signal: AbortSignal): Promise<void> {
  const going = gaps.filter(({ app, mend }) => app === '' && mend === 'wait').map(({ namespace }) => namespace)
  const gone = (name: string) =>
    waitFor({
      what: `namespace ${name} deleted`,
      code: 'world-not-ready',
      deadlineMs: GONE_MS,
      signal,
      look: async (looking) => {
        const there = await get(cluster, { group: '', kind: 'Namespace', name, namespace: '' }, { signal: looking })
        return there?.metadata['deletionTimestamp'] === undefined ? { done: true } : { seen: 'still being deleted' }
      },
    })
  await Promise.all(going.map(gone))
}

async function applyAll(cluster: Cluster, { namespaces, objects }: Changes, signal: AbortSignal): Promise<void> {
  const limit = pLimit(8)
  const one = async (manifest: Manifest): Promise<void> => {
    const outcome = await apply(cluster, manifest, { signal })
    if (outcome.kind === 'applied') return
    throw new MeshproofError({ code: 'world-refused', message: `${formatKey(keyOf(manifest))} was refused`, seen: outcome.message })
  }
  await Promise.all(namespaces.map(one))
  // Accounts and services first: a pod without its account has to be tried again by its controller.
  const pods = (manifest: Manifest): boolean => manifest.kind === 'Deployment'
  await Promise.all(objects.filter((manifest) => !pods(manifest)).map((manifest) => limit(one, manifest)))
  await Promise.all(objects.filter(pods).map((manifest) => limit(one, manifest)))
}

/** A pod that was made while nobody injected never gets its sidecar; its controller makes a better one. */
async function removeBare(cluster: Cluster, gaps: readonly Gap[], signal: AbortSignal): Promise<void> {
  const bare = gaps.flatMap(({ pod, namespace }) => (pod === undefined ? [] : [{ group: '', kind: 'Pod', name: pod, namespace }]))
  await Promise.all(bare.map((key) => remove(cluster, key, { signal })))
}

async function untilReady(
  cluster: Cluster,
  { namespaces, apps }: { namespaces: readonly WantedNamespace[]; apps: readonly WorldApp[] },
  signal: AbortSignal,
): Promise<void> {
  try {
    await waitFor({
      what: 'the world is ready',
      code: 'world-not-ready',
      deadlineMs: READY_MS,
      everyMs: 200,
      signal,
      look: async (looking) => {
        const gaps = worldGaps(namespaces, apps, await look(cluster, looking))
        return gaps.length === 0 ? { done: true } : { seen: gaps.map(({ text }) => text).join('; ') }
      },
    })
  } catch (error) {
    if (!(error instanceof MeshproofError && error.code === 'world-not-ready')) throw error
    const troubles = await podTroubles(cluster, { labelSelector: `${OWNER_LABEL}=${OWNER}`, signal })
    throw new MeshproofError({
      code: 'world-not-ready',
      message: error.message,
      seen: [error.seen, ...troubles].join('; '),
      next: 'meshproof doctor; kubectl get events -A --field-selector type=Warning',
      cause: error.cause,
    })
  }
}
