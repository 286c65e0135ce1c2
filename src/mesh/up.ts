import { existsSync } from 'node:fs'
import { ensureArtifacts } from './artifacts.ts'
import { withCacheLock } from './cache.ts'
import { DEFAULT_NAME, kubeconfigOf } from './cluster-home.ts'
import { clusterState } from './cluster-state.ts'
import { type Engine, ensureEngine } from './engine.ts'
import { installMesh } from './install-mesh.ts'
import { keptMesh } from './kept-mesh.ts'
import { meshOf } from './mesh-record.ts'
import { removeCluster } from './remove-cluster.ts'
import { step } from './step.ts'
import { ensureTools } from './tools.ts'
import type { ImageSource, IstioLine, Mesh, Progress } from './types.ts'
import { pinsOf, readVersions } from './versions.ts'

export interface UpOptions {
  /** What is there stays, else the default of `kind/versions.yaml`, unless said. */
  readonly line?: IstioLine | undefined
  readonly images: 'auto' | ImageSource
  /** Of the kind cluster; `meshproof` unless said. */
  readonly name?: string | undefined
  /** `false`: install and start nothing on this machine, say what to do. */
  readonly install: boolean
  /** `true`: never ask. */
  readonly yes: boolean
  readonly signal: AbortSignal
  readonly progress: Progress
}

/**
 * Brings a mesh up: engine, tools, images, cluster, Istio, world. One that is whole and well is kept, and its world completed;
 * one that died, or was never completed, is made anew. About 40 s with the images at hand on two cores, a second when all is there.
 * @throws MeshproofError `istio-line-unknown` and `other-mesh` (both exit 2); those of the engine, the tools and the artifacts;
 * those of `installMesh`.
 */
export async function up(options: UpOptions): Promise<Mesh> {
  const { line, name = DEFAULT_NAME, signal, progress } = options
  const versions = await readVersions()
  if (line !== undefined) pinsOf(versions, line)
  return withCacheLock({ name: `cluster-${name}`, signal, progress }, async () => {
    const engine = await step(progress, 'container engine', () => ensureEngine(options))
    const kept = await keep(engine, { ...options, name })
    if (kept) return kept
    const kubeconfig = kubeconfigOf(name)
    const tools = await step(progress, 'tools', () => ensureTools({ need: ['kind', 'helm'], signal, progress }))
    const artifacts = await step(progress, 'images and charts', () =>
      ensureArtifacts({ ...options, source: options.images, line: line ?? versions.default, engine, tools }),
    )
    const { cluster, record } = await installMesh({ name, engine, tools, artifacts, kubeconfig, signal, progress })
    return meshOf(cluster, kubeconfig, record)
  })
}

/** The mesh that is there, if it can stay. What cannot is removed. */
async function keep(engine: Engine, options: UpOptions & { readonly name: string }): Promise<Mesh | undefined> {
  const { name, signal, progress } = options
  const kubeconfig = kubeconfigOf(name)
  // Only a lost kubeconfig needs kind, which may have to be built.
  const kind = existsSync(kubeconfig) ? undefined : (await ensureTools({ need: ['kind'], signal, progress })).kind
  const state = await clusterState({ name, engine, kubeconfig, kind, signal })
  if (state.kind === 'absent') return undefined
  const kept = state.kind === 'answers' ? await keptMesh({ ...options, cluster: state.cluster }) : undefined
  if (kept?.kind === 'kept' && state.kind === 'answers') return meshOf(state.cluster, kubeconfig, kept.record)
  const seen = kept?.kind === 'broken' ? kept.seen : state.kind === 'dead' ? state.seen : ''
  progress({ kind: 'note', text: `The cluster ${name} cannot stay: ${seen}. It is made anew.` })
  await step(progress, 'remove what is left of the cluster', () => removeCluster({ name, engine, kubeconfig, signal }))
  return undefined
}
