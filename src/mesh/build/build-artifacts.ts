import { join } from 'node:path'
import pLimit from 'p-limit'
import { MeshproofError } from '../../error.ts'
import type { Engine } from '../engine.ts'
import type { Artifacts, Image } from '../types.ts'
import { buildPinsOf, type Versions } from '../versions.ts'
import { buildImages, remainingWork } from './build-images.ts'
import { askConsent, type Permission } from './consent.ts'
import { findGo } from './go.ts'
import { findImage } from './image.ts'
import { makeSource } from './make-source.ts'
import { planBuild } from './plan-build.ts'
import type { BuildPlan } from './recipe.ts'
import { findProgram, installPackages } from './system-packages.ts'
import type { Work } from './work.ts'

interface Wanted extends Permission {
  readonly versions: Versions
  /** Lines to build now. */
  readonly lines: readonly string[]
  /** The line to give back. */
  readonly line: string
  readonly engine: Engine
}

/** Builds what is not there yet from package registries alone. */
export async function buildArtifacts(wanted: Wanted): Promise<Artifacts> {
  const { versions, line, engine, signal, progress } = wanted
  const plans = await Promise.all([...new Set([line, ...wanted.lines])].map((each) => planBuild(versions, each)))
  const [plan] = plans
  if (!plan) throw new Error('no line to build')

  const work = await remainingWork(plans, { engine, signal })
  if (work.sources.length + work.images.length + work.nodes.length > 0) {
    await prepareBuild(work, wanted)
    await buildImages(work, { engine, go: await findGo(signal), signal, progress })
  }
  return artifactsOf(plan, wanted)
}

async function artifactsOf(plan: BuildPlan, { versions, line, engine, signal, progress }: Wanted): Promise<Artifacts> {
  const { module, envoy } = buildPinsOf(versions, line)
  const charts = await makeSource(plan.charts, { go: 'go', signal, progress })
  const image = async ({ reference, standIn }: { readonly reference: string; readonly standIn?: string }): Promise<Image> => {
    const found = await findImage(reference, { engine, signal })
    if (found) return { reference, id: found.id, ...(standIn === undefined ? {} : { standIn }) }
    throw new MeshproofError({
      code: 'image-vanished',
      message: `The image ${reference} was built and is gone`,
      next: 'run the same command again',
    })
  }
  return {
    source: 'build',
    line,
    istioVersion: `${line} (build of ${module})`,
    proxyBuild: `upstream Envoy ${envoy} with pilot-agent ${line}`,
    node: await image(plan.node),
    // A few at a time: each listens to the signal while its client runs.
    images: await pLimit(4).map(plan.images, image),
    charts: { base: join(charts, 'base'), istiod: join(charts, 'istiod'), gateway: join(charts, 'gateway') },
    values: {
      hub: plan.hub,
      tag: plan.tag,
      global: { hub: plan.hub, tag: plan.tag, imagePullPolicy: 'IfNotPresent' },
      // Upstream Envoy has none of Istio's own filters, and refuses a configuration that names one.
      telemetry: { enabled: false },
      env: { PILOT_ENABLE_ALPN_FILTER: 'false', PILOT_ENABLE_METADATA_EXCHANGE: 'false' },
    },
  }
}

async function prepareBuild(work: Work, permission: Permission): Promise<void> {
  const root = work.sources.some(({ kind }) => kind === 'root')
  if (process.platform !== 'linux' || (root && process.getuid?.() !== 0)) {
    throw new MeshproofError({
      code: 'build-impossible',
      message: 'Building the images needs Linux and root, because a root file system is made',
      seen: `${process.platform}, user ${process.getuid?.() ?? 'unknown'}`,
      next: 'run it with sudo --preserve-env, or use --images registry',
    })
  }
  if (work.sources.some(({ kind }) => kind === 'programs')) {
    await askConsent({ ...permission, what: announcement(work), byHand: 'use --images registry where a container registry answers' })
  }
  if (root && !(await findProgram('debootstrap'))) {
    await installPackages({
      ...permission,
      packages: ['debootstrap', 'debian-archive-keyring'],
      purpose: 'make root file systems',
      cost: 'a few seconds, 1 MB',
    })
  }
}

/** Pure: what is said before a build that takes long. Times were measured on two cores with empty Go caches. */
export function announcement({ sources, images, nodes }: Work): string {
  const cost = sources.some(({ name }) => name.startsWith('kubernetes-')) ? 'up to 15 minutes and 13 GB of disk' : 'a few minutes'
  const pieces = `${images.length + nodes.length} images from ${sources.length} sources`
  return `Building ${pieces}: ${cost} the first time, seconds once it is cached.`
}
