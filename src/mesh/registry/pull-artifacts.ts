import { join } from 'node:path'
import pLimit from 'p-limit'
import { MeshproofError } from '../../error.ts'
import { command } from '../build/command.ts'
import { findImage } from '../build/image.ts'
import { withCacheLock } from '../cache.ts'
import type { Engine } from '../engine.ts'
import type { Artifacts, Image, Progress } from '../types.ts'
import { pinsOf, type Versions } from '../versions.ts'
import { fetchCharts } from './charts.ts'
import { isPulled } from './find-registry.ts'
import { publicImages, pulledName } from './public-images.ts'

interface Wanted {
  readonly versions: Versions
  readonly lines: readonly string[]
  readonly line: string
  readonly engine: Engine
  readonly helm: string
  readonly signal: AbortSignal
  readonly progress: Progress
}

/** Bound of one chart's download, in milliseconds. */
const CHART_WITHIN = 120_000

/** Pulls images and charts that are not there yet. */
export async function pullArtifacts(wanted: Wanted): Promise<Artifacts> {
  const { versions, lines, line, engine, signal, progress } = wanted
  const each = [...new Set([line, ...lines])]
  const charts = await Promise.all(each.map((one) => fetchCharts({ ...wanted, line: one, deadlineMs: CHART_WITHIN })))
  const references = new Set(each.flatMap((one) => [publicImages(versions, one).node, ...publicImages(versions, one).images]))
  const found = await pullAll([...references], { engine, signal, progress })

  const { version, hub } = pinsOf(versions, line).registry
  const { node, images } = publicImages(versions, line)
  const folder = charts[0] ?? ''
  return {
    source: 'registry',
    line,
    istioVersion: version,
    proxyBuild: `istio/proxyv2 ${version}`,
    node: imageOf(node),
    images: images.map(imageOf),
    charts: { base: join(folder, 'base'), istiod: join(folder, 'istiod'), gateway: join(folder, 'gateway') },
    values: { hub, tag: version, global: { hub, tag: version, imagePullPolicy: 'IfNotPresent' } },
  }

  function imageOf(reference: string): Image {
    const image = found.get(reference)
    if (image) return image
    throw new MeshproofError({
      code: 'image-vanished',
      message: `The image ${reference} was pulled and is gone`,
      next: 'run the same command again',
    })
  }
}

type Pulling = Pick<Wanted, 'engine' | 'signal' | 'progress'>

async function pullAll(references: readonly string[], pulling: Pulling): Promise<Map<string, Image>> {
  const { progress } = pulling
  const title = 'pulling images'
  const started = Date.now()
  const failed = new AbortController()
  const signal = AbortSignal.any([pulling.signal, failed.signal])
  const lane = pLimit(3)
  let done = 0
  progress({ kind: 'start', title })
  const pulls = references.map(async (reference): Promise<[string, Image]> => {
    const image = await lane(() => pull(reference, { ...pulling, signal }))
    done += 1
    progress({ kind: 'count', title, done, of: references.length, detail: reference })
    return [reference, image]
  })
  try {
    return new Map(await Promise.all(pulls))
  } catch (error) {
    failed.abort(error)
    await Promise.allSettled(pulls)
    throw error
  } finally {
    progress({ kind: 'end', title, ms: Date.now() - started })
  }
}

async function pull(reference: string, pulling: Pulling): Promise<Image> {
  const { engine, signal } = pulling
  const present = await findImage(reference, pulling)
  if (present && isPulled(present)) return { reference, id: present.id }
  return withCacheLock({ ...pulling, name: `image-${reference}` }, async () => {
    const name = pulledName(reference)
    const run = {
      signal,
      env: engine.env,
      purpose: `pull ${name}`,
      next: 'see that the registry can be reached and has no limit reached, or use --images build',
    }
    await command(engine.docker, ['pull', '--quiet', name], run)
    if (name !== reference) {
      await command(engine.docker, ['tag', name, reference], run)
      await command(engine.docker, ['image', 'rm', name], run)
    }
    const image = await findImage(reference, pulling)
    if (image) return { reference, id: image.id }
    throw new MeshproofError({
      code: 'image-vanished',
      message: `The image ${reference} was pulled and is gone`,
      next: 'run the same command again',
    })
  })
}
