import { copyFile, link, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withCacheLock } from '../cache.ts'
import type { Engine } from '../engine.ts'
import type { Progress } from '../types.ts'
import { command } from './command.ts'
import { findImage, RECIPE_LABEL } from './image.ts'
import { imageFile } from './image-file.ts'
import type { ImageRecipe, Source } from './recipe.ts'

interface Building {
  readonly engine: Engine
  readonly signal: AbortSignal
  readonly progress: Progress
  /** Folder of a source that was made. */
  readonly folderOf: (source: Source) => Promise<string>
}

/** Builds an image whose base is in the engine already. */
export async function buildImage(recipe: ImageRecipe, building: Building): Promise<void> {
  const { engine, signal, progress, folderOf } = building
  const folders = await Promise.all(recipe.files.map(({ from }) => folderOf(from)))
  await withCacheLock({ name: `image-${recipe.reference}`, signal, progress }, async () => {
    if ((await findImage(recipe.reference, building))?.recipe === recipe.hash) return
    const context = await mkdtemp(join(tmpdir(), 'meshproof-image-'))
    try {
      for (const [index, { path, as }] of recipe.files.entries()) await place(join(folders[index] ?? '', path), join(context, as))
      const args = { ...recipe.args, ...(recipe.base === undefined ? {} : { BASE: recipe.base.reference }) }
      await command(
        engine.docker,
        [
          ...['build', '--quiet', '--tag', recipe.reference, '--label', `${RECIPE_LABEL}=${recipe.hash}`],
          ...Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
          ...['--file', imageFile(recipe.dockerfile), context],
        ],
        {
          signal,
          env: engine.env,
          purpose: `build the image ${recipe.title}`,
          next: 'see that the container engine runs and has disk space: docker system df',
        },
      )
    } finally {
      await rm(context, { recursive: true, force: true })
    }
  })
}

async function place(from: string, to: string): Promise<void> {
  await link(from, to).catch((error: unknown) => {
    // The cache may be on another disk than the temporary files, or belong to another user.
    if (error instanceof Error && 'code' in error && (error.code === 'EXDEV' || error.code === 'EPERM')) return copyFile(from, to)
    throw error
  })
}
