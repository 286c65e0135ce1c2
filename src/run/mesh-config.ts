import { parse, stringify } from 'yaml'
import { MeshproofError } from '../error.ts'
import { alter, restore } from '../kube/alter.ts'
import { listPods } from '../kube/get.ts'
import { formatKey } from '../scenario/format.ts'
import type { MeshChange, ObjectKey } from '../scenario/model.ts'
import type { Fact } from './fact.ts'
import type { Stage } from './stage.ts'

interface MeshChangeOptions {
  readonly stage: Stage
  readonly runId: string
  readonly mesh: MeshChange
  /** Objects that this run has altered; kept up to date, so that an end at any moment knows what to restore. */
  readonly altered: Map<string, ObjectKey>
}

const NAMESPACE = 'istio-system'
/** An extension provider that nothing asks for: it alters no proxy, and shows which version of its configuration istiod holds. */
const MARK = 'meshproof-mark-'
let marks = 0

/**
 * Changes the mesh's configuration, in the ConfigMap of every istiod that runs.
 * @returns the ConfigMaps' names, and the fact by which istiod shows that it holds the change.
 * @throws MeshproofError `mesh-config-missing`, `mesh-config-broken`; those of `alter`.
 */
export async function changeMesh({ stage, runId, mesh, altered }: MeshChangeOptions): Promise<{ objects: string[]; fact: Fact }> {
  const { cluster, signal } = stage
  const keys = await configMaps(stage)
  marks += 1
  const mark = `${MARK}${runId}-${marks}`
  for (const key of keys) {
    if (mesh.kind === 'original') {
      await restore(cluster, key, { signal })
      altered.delete(formatKey(key))
      continue
    }
    // Before the request: a run that ends while it is under way must know of the object.
    altered.set(formatKey(key), key)
    await alter(cluster, key, {
      runId,
      signal,
      change: ({ data }) => ({ data: { mesh: mergeMesh(meshText(data, key), mesh.values, mark) } }),
    })
  }
  return { objects: keys.map(formatKey), fact: mesh.kind === 'original' ? meshRestored(stage) : holds(stage, mark) }
}

/** Whether an altered object is the mesh's configuration. */
export function isMeshConfig({ kind, name, namespace }: ObjectKey): boolean {
  return kind === 'ConfigMap' && namespace === NAMESPACE && /^istio(-|$)/.test(name)
}

/** The fact that every istiod has let go of what runs changed. */
export function meshRestored(stage: Stage): Fact {
  return {
    what: "the mesh's original configuration in istiod",
    look: async (signal) => {
      const configs = await (await stage.istiod()).meshConfigs(signal)
      const changed = configs.flatMap(providerNames).find((name) => name.startsWith(MARK))
      return changed === undefined ? { done: true } : { seen: `${changed} is still there` }
    },
  }
}

/**
 * The text of a MeshConfig with a change merged in, and the mark. Pure.
 * Maps are merged; a list whose items all have names is merged by name; `null` takes a key away; anything else is replaced.
 */
export function mergeMesh(text: string, values: Readonly<Record<string, unknown>>, mark: string): string {
  const current = (parse(text) ?? {}) as Readonly<Record<string, unknown>>
  const merged = mergeMaps(current, values)
  const providers = Array.isArray(merged['extensionProviders']) ? (merged['extensionProviders'] as readonly unknown[]) : []
  const others = providers.filter((provider) => !nameOf(provider)?.startsWith(MARK))
  return stringify({ ...merged, extensionProviders: [...others, { name: mark, envoyFileAccessLog: { path: '/dev/null' } }] })
}

function holds(stage: Stage, mark: string): Fact {
  return {
    what: "the mesh's changed configuration in istiod",
    next: `istiod leaves out a configuration that it cannot read: kubectl -n ${NAMESPACE} logs deploy/istiod | grep -i mesh`,
    look: async (signal) => {
      const configs = await (await stage.istiod()).meshConfigs(signal)
      const behind = configs.filter((config) => !providerNames(config).includes(mark))
      return behind.length === 0 ? { done: true } : { seen: `${behind.length} of ${configs.length} istiods hold another one` }
    },
  }
}

/** Each revision of istiod reads a ConfigMap of its own. */
async function configMaps({ cluster, signal }: Stage): Promise<ObjectKey[]> {
  const pods = await listPods(cluster, { namespace: NAMESPACE, labelSelector: 'app=istiod', signal })
  const revisions = new Set(pods.map(({ labels }) => labels['istio.io/rev'] ?? 'default'))
  if (revisions.size === 0) throw new MeshproofError({ code: 'istiod-gone', message: 'no istiod is running', next: 'meshproof doctor' })
  return [...revisions].map((revision) => ({
    group: '',
    kind: 'ConfigMap',
    name: revision === 'default' ? 'istio' : `istio-${revision}`,
    namespace: NAMESPACE,
  }))
}

function meshText(data: unknown, key: ObjectKey): string {
  const text = (data as { mesh?: unknown } | undefined)?.mesh
  if (typeof text === 'string') return text
  throw new MeshproofError({
    code: 'mesh-config-broken',
    message: `${formatKey(key)} holds no configuration of the mesh`,
    expected: 'a text under data.mesh',
    next: `kubectl -n ${key.namespace} get configmap ${key.name} -o yaml`,
  })
}

function mergeMaps(current: Readonly<Record<string, unknown>>, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...current }
  for (const [key, value] of Object.entries(values)) {
    if (value === null) delete merged[key]
    else merged[key] = mergeValue(current[key], value)
  }
  return merged
}

function mergeValue(current: unknown, value: unknown): unknown {
  if (isMap(value)) return mergeMaps(isMap(current) ? current : {}, value)
  if (!Array.isArray(value) || !Array.isArray(current)) return value
  const named = [...(current as unknown[]), ...(value as unknown[])].every((item) => nameOf(item) !== undefined)
  if (!named) return value
  const names = (value as unknown[]).map(nameOf)
  return [...(current as unknown[]).filter((item) => !names.includes(nameOf(item))), ...(value as unknown[])]
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function nameOf(item: unknown): string | undefined {
  return isMap(item) && typeof item['name'] === 'string' ? item['name'] : undefined
}

function providerNames(config: unknown): string[] {
  const providers = isMap(config) ? config['extensionProviders'] : undefined
  return Array.isArray(providers) ? providers.flatMap((provider) => nameOf(provider) ?? []) : []
}
