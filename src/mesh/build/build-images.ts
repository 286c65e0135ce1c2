import pLimit from 'p-limit'
import { isMade } from '../cache.ts'
import type { Engine } from '../engine.ts'
import type { Progress } from '../types.ts'
import { buildImage } from './build-image.ts'
import { buildNode } from './build-node.ts'
import { findImage } from './image.ts'
import { makeSource } from './make-source.ts'
import type { BuildPlan, ImageRecipe, Source } from './recipe.ts'
import { type Work, workOf } from './work.ts'

interface Building {
  readonly engine: Engine
  readonly go: string
  readonly signal: AbortSignal
  readonly progress: Progress
}

/** What is still to be done for some plans: images that the engine lacks, and what they are made of. */
export async function remainingWork(plans: readonly BuildPlan[], looking: Pick<Building, 'engine' | 'signal'>): Promise<Work> {
  return workOf(plans, {
    hasImage: async ({ reference, hash }) => (await findImage(reference, looking))?.recipe === hash,
    hasSource: isMade,
  })
}

/**
 * Does the work, as much of it at once as two cores and one network bear, and ends all of it when one part fails.
 * Compiling keeps the cores busy, debootstrap mostly the network, and images the disk: each has a lane of its own.
 */
export async function buildImages(work: Work, building: Building): Promise<void> {
  const { progress } = building
  const wanted = work.images.length + work.nodes.length
  const title = wanted > 0 ? `building ${wanted} images` : `building ${work.sources.map(({ name }) => name).join(', ')}`
  const started = Date.now()
  const failed = new AbortController()
  const signal = AbortSignal.any([building.signal, failed.signal])
  const together = { ...building, signal }
  const of = work.sources.length + work.images.length + work.nodes.length
  let done = 0
  const lanes = { compile: pLimit(2), root: pLimit(1), fetch: pLimit(2), image: pLimit(2) }
  const folders = new Map<string, Promise<string>>()
  const images = new Map<string, Promise<void>>()

  progress({ kind: 'start', title })
  progress({ kind: 'count', title, done, of })
  const sources = work.sources.map((source) => folderOf(source))
  const built = work.images.map((recipe) => imageOf(recipe))
  const nodes = work.nodes.map(async (recipe) => {
    await Promise.all([recipe.base, ...recipe.preload.map(({ image }) => image)].map((image) => imageOf(image)))
    const kubernetes = recipe.base.files.find(({ path }) => path === 'kubeadm')?.from
    if (!kubernetes) throw new Error('a node recipe without kubeadm')
    const folder = await folderOf(kubernetes)
    await counted(recipe.title, () => lanes.image(() => buildNode(recipe, { ...together, kubernetes: folder })))
  })
  await allOrNone([...sources, ...built, ...nodes], failed)
  progress({ kind: 'end', title, ms: Date.now() - started })

  function folderOf(source: Source): Promise<string> {
    const known = folders.get(source.hash)
    if (known) return known
    const lane = { programs: lanes.compile, root: lanes.root, envoy: lanes.fetch, 'module-files': lanes.fetch }[source.kind]
    const make = () => lane(() => makeSource(source, together))
    const folder = work.sources.includes(source) ? counted(source.name, make) : make()
    folders.set(source.hash, folder)
    return folder
  }

  function imageOf(recipe: ImageRecipe): Promise<void> {
    const known = images.get(recipe.reference)
    if (known) return known
    const image = work.images.includes(recipe) ? makeImage(recipe) : Promise.resolve()
    images.set(recipe.reference, image)
    return image
  }

  async function makeImage(recipe: ImageRecipe): Promise<void> {
    if (recipe.base) await imageOf(recipe.base)
    await Promise.all(recipe.files.map(({ from }) => folderOf(from)))
    await counted(recipe.title, () => lanes.image(() => buildImage(recipe, { ...together, folderOf })))
  }

  async function counted<T>(detail: string, part: () => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    const result = await part()
    done += 1
    progress({ kind: 'count', title, done, of, detail })
    return result
  }
}

/** Waits for all, even after one failed: nothing goes on in the background once this has thrown the first failure. */
async function allOrNone(parts: readonly Promise<unknown>[], failed: AbortController): Promise<void> {
  let first: { readonly error: unknown } | undefined
  await Promise.all(
    parts.map((part) =>
      part.catch((error: unknown) => {
        first ??= { error }
        failed.abort(error)
      }),
    ),
  )
  if (first) throw first.error
}
