import { z } from 'zod'
import { MeshproofError } from '../error.ts'
import { apply } from '../kube/apply.ts'
import { type Cluster, HOME_NAMESPACE, OWNER_LABEL } from '../kube/cluster.ts'
import { connect } from '../kube/connect.ts'
import { get } from '../kube/get.ts'
import type { Manifest } from '../scenario/model.ts'
import type { Mesh } from './types.ts'
import { OWNER } from './world-objects.ts'

const KEY = { group: '', kind: 'ConfigMap', name: 'mesh', namespace: HOME_NAMESPACE }

const images = z.array(z.object({ reference: z.string(), id: z.string(), standIn: z.string().optional() }))

const schema = z.object({
  line: z.string(),
  source: z.enum(['registry', 'build']),
  istioVersion: z.string(),
  proxyBuild: z.string(),
  clusterName: z.string(),
  created: z.iso.datetime(),
  images: z.string().transform((text) => images.parse(JSON.parse(text))),
})

/** The facts of a mesh that `up` made, kept in the cluster itself, so that they go when it goes. */
export type MeshRecord = z.infer<typeof schema>

/** The namespace that holds the record, the lease and the markers; no proxy. */
export function homeNamespace(): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: HOME_NAMESPACE, namespace: '', labels: { [OWNER_LABEL]: OWNER } } }
}

/** Written last: a cluster with a record is a whole one. */
export async function writeMeshRecord(cluster: Cluster, record: MeshRecord, signal: AbortSignal): Promise<void> {
  const data = { ...record, images: JSON.stringify(record.images, null, 2) }
  const metadata = { name: KEY.name, namespace: KEY.namespace, labels: { [OWNER_LABEL]: OWNER } }
  const outcome = await apply(cluster, { apiVersion: 'v1', kind: KEY.kind, metadata, data }, { signal })
  if (outcome.kind === 'applied') return
  throw new MeshproofError({ code: 'mesh-record', message: 'the facts of the mesh could not be stored', seen: outcome.message })
}

/** Undefined when there is none. @throws MeshproofError `mesh-record` for one that another version wrote. */
export async function readMeshRecord(cluster: Cluster, signal: AbortSignal): Promise<MeshRecord | undefined> {
  const stored = await get(cluster, KEY, { signal })
  if (!stored) return undefined
  const parsed = schema.safeParse(stored['data'])
  if (parsed.success) return parsed.data
  throw new MeshproofError({
    code: 'mesh-record',
    message: `the facts of the mesh in ${cluster.context} are not understood`,
    seen: z.prettifyError(parsed.error),
    next: 'meshproof down, then meshproof up',
  })
}

interface Reading {
  readonly context?: string | undefined
  readonly kubeconfig: string
  readonly signal: AbortSignal
}

/**
 * The mesh that `up` made, from its own record.
 * @throws MeshproofError `mesh-missing` when there is none in that cluster; those of `connect`.
 */
export async function readMesh({ context, kubeconfig, signal }: Reading): Promise<Mesh> {
  const cluster = await connect({ context, kubeconfig, signal })
  const record = await readMeshRecord(cluster, signal)
  if (record) return meshOf(cluster, kubeconfig, record)
  throw new MeshproofError({
    code: 'mesh-missing',
    message: `meshproof made no mesh in the cluster ${cluster.context}`,
    expected: `a ConfigMap ${KEY.name} in the namespace ${KEY.namespace}`,
    next: 'meshproof up, or meshproof run --context NAME for a mesh of your own',
  })
}

/** Pure: the record as the rest of the program sees it. */
export function meshOf(cluster: Pick<Cluster, 'context' | 'version'>, kubeconfig: string, record: MeshRecord): Mesh {
  const { clusterName, source, istioVersion, proxyBuild } = record
  return {
    context: cluster.context,
    kubeconfig,
    clusterName,
    source,
    istioVersion,
    proxyBuild,
    kubernetesVersion: cluster.version,
    images: record.images,
  }
}
