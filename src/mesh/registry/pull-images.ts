import pLimit from 'p-limit'
import { MeshproofError } from '../../error.ts'
import { command } from '../build/command.ts'
import { findImage } from '../build/image.ts'
import { withCacheLock } from '../cache.ts'
import type { Engine } from '../engine.ts'
import type { Image, Progress } from '../types.ts'
import { isPulled } from './find-registry.ts'
import { pulledName } from './public-images.ts'

interface Wanted {
  readonly images: readonly string[]
  /** What the engine can do without: an image that cannot be pulled is said and left out. */
  readonly optional: readonly string[]
}

interface Pulling {
  readonly engine: Engine
  readonly signal: AbortSignal
  readonly progress: Progress
}

/**
 * Pulls images that are not there yet, three at a time, and gives back all that are there then, by their references.
 * @throws MeshproofError `command-failed` of the first that cannot be pulled and is not optional; the others are given up.
 */
export async function pullImages({ images, optional }: Wanted, pulling: Pulling): Promise<ReadonlyMap<string, Image>> {
  const { progress } = pulling
  const title = 'pulling images'
  const started = Date.now()
  const failed = new AbortController()
  const signal = AbortSignal.any([pulling.signal, failed.signal])
  const lane = pLimit(3)
  const of = images.length + optional.length
  let done = 0
  const counted = async (reference: string, image: Promise<Image | undefined>): Promise<Image | undefined> => {
    const got = await image
    done += 1
    progress({ kind: 'count', title, done, of, detail: reference })
    return got
  }
  progress({ kind: 'start', title })
  const pulls = [
    ...images.map((reference) =>
      counted(
        reference,
        lane(() => pull(reference, { ...pulling, signal })),
      ),
    ),
    ...optional.map((reference) =>
      counted(
        reference,
        lane(() => pullIfThere(reference, { ...pulling, signal })),
      ),
    ),
  ]
  try {
    const got = await Promise.all(pulls)
    return new Map(got.flatMap((image) => (image ? [[image.reference, image]] : [])))
  } catch (error) {
    failed.abort(error)
    await Promise.allSettled(pulls)
    throw error
  } finally {
    progress({ kind: 'end', title, ms: Date.now() - started })
  }
}

async function pullIfThere(reference: string, pulling: Pulling): Promise<Image | undefined> {
  try {
    return await pull(reference, pulling)
  } catch (error) {
    pulling.signal.throwIfAborted()
    if (!(error instanceof MeshproofError) || error.code !== 'command-failed') throw error
    const text = `${reference} cannot be pulled, and scenarios whose apps need it will not run: ${error.seen?.split('\n').at(-1)?.trim()}`
    pulling.progress({ kind: 'note', text })
    return undefined
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
