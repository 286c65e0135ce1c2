import { join } from 'node:path'
import { MeshproofError } from '../../error.ts'
import type { Engine } from '../engine.ts'
import type { Artifacts, Image, Progress } from '../types.ts'
import { pinsOf, type Versions } from '../versions.ts'
import { fetchCharts } from './charts.ts'
import { publicImages } from './public-images.ts'
import { pullImages } from './pull-images.ts'

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
  const pulls = each.map((one) => publicImages(versions, one))
  const needed = new Set(pulls.flatMap(({ node, images }) => [node, ...images]))
  const optional = new Set(pulls.flatMap(({ optional }) => optional))
  const found = await pullImages({ images: [...needed], optional: [...optional] }, { engine, signal, progress })

  const { version, hub } = pinsOf(versions, line).registry
  const { node, images, optional: perhaps } = publicImages(versions, line)
  const folder = charts[0] ?? ''
  return {
    source: 'registry',
    line,
    istioVersion: version,
    proxyBuild: `istio/proxyv2 ${version}`,
    node: imageOf(node),
    images: [...images.map(imageOf), ...perhaps.flatMap((reference) => found.get(reference) ?? [])],
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
