import { EXIT, MeshproofError } from '../error.ts'
import type { Cluster } from '../kube/cluster.ts'
import { remove } from '../kube/remove.ts'
import { nodeOf } from '../mesh/cluster-state.ts'
import type { Engine } from '../mesh/engine.ts'
import { loadImages } from '../mesh/load-images.ts'
import { type MeshRecord, meshOf, readMeshRecord } from '../mesh/mesh-record.ts'
import { step } from '../mesh/step.ts'
import type { Image, Mesh, Progress } from '../mesh/types.ts'
import type { StandingSet } from './standing-set.ts'

interface Reading {
  readonly cluster: Cluster
  readonly from: string
  readonly signal: AbortSignal
}

/**
 * The mesh of a cluster that bears the mark of `meshproof up`: only there may a mesh be replaced.
 * @throws MeshproofError `not-marked`, `other-mesh` (both exit 2).
 */
export async function readMarked({ cluster, from, signal }: Reading): Promise<MeshRecord> {
  const record = await readMeshRecord(cluster, signal)
  if (!record) {
    throw new MeshproofError({
      code: 'not-marked',
      message: `the mesh in ${cluster.context} is not one that meshproof made, and an upgrade would replace it`,
      expected: 'a cluster of `meshproof up`, which marks what it made',
      next: `leave out --context, or meshproof up --istio ${from}`,
      exit: EXIT.usage,
    })
  }
  if (record.line === from) return record
  throw new MeshproofError({
    code: 'other-mesh',
    message: `the cluster ${cluster.context} holds another line than the one to begin with`,
    expected: `Istio ${from}`,
    seen: `Istio ${record.line}`,
    next: `--from ${record.line}, or meshproof down and meshproof up --istio ${from}`,
    exit: EXIT.usage,
  })
}

interface Preparing {
  readonly cluster: Cluster
  readonly kubeconfig: string
  readonly record: MeshRecord
  readonly images: readonly Image[]
  readonly engine: Engine
  readonly signal: AbortSignal
  readonly progress: Progress
}

/** Brings the images of both lines into the node of a marked cluster. @throws those of `loadImages`. */
export async function prepareMarked({ cluster, kubeconfig, record, images, engine, signal, progress }: Preparing): Promise<Mesh> {
  await step(progress, 'images of both lines', () => loadImages({ node: nodeOf(record.clusterName), images, engine, signal }))
  return meshOf(cluster, kubeconfig, record)
}

/** Takes the standing set away again: its policies in others' namespaces, and its own namespaces with all that is in them. */
export async function removeStanding(cluster: Cluster, set: StandingSet, signal: AbortSignal): Promise<void> {
  const own = set.namespaces.map(({ name }) => name)
  const elsewhere = set.scenario.steps
    .flatMap(({ applies }) => applies.map(({ key }) => key))
    .filter(({ namespace }) => !own.includes(namespace))
  const namespaces = own.map((name) => ({ group: '', kind: 'Namespace', name, namespace: '' }))
  await Promise.all([...elsewhere, ...namespaces].map((key) => remove(cluster, key, { signal, deadlineMs: 60_000 })))
}
