import { MeshproofError } from '../error.ts'
import { buildImage } from '../mesh/build/build-image.ts'
import { drawImage } from '../mesh/build/draw-image.ts'
import { findGo } from '../mesh/build/go.ts'
import { findImage } from '../mesh/build/image.ts'
import { makeSource } from '../mesh/build/make-source.ts'
import { proberProgram } from '../mesh/build/programs.ts'
import type { Engine } from '../mesh/engine.ts'
import type { Image, Progress } from '../mesh/types.ts'

/** What the manifests in `kind/upgrade` name. */
const REFERENCE = 'localhost/meshproof/prober:resident'

interface Wanted {
  readonly engine: Engine
  readonly signal: AbortSignal
  readonly progress: Progress
}

/**
 * The image of the resident prober and of what it asks. It is ours and nowhere else, so that it is built whatever the image source:
 * from Go's own library alone, in seconds.
 * @throws MeshproofError `go-missing` and those of the build.
 */
export async function ensureProberImage({ engine, signal, progress }: Wanted): Promise<Image> {
  const program = await proberProgram()
  const recipe = await drawImage({ title: 'prober', name: () => REFERENCE, files: [{ from: program, path: 'prober' }] })
  const known = await findImage(REFERENCE, { engine, signal })
  if (known?.recipe === recipe.hash) return { reference: REFERENCE, id: known.id }
  const folder = await makeSource(program, { go: await findGo(signal), signal, progress })
  await buildImage(recipe, { engine, signal, progress, folderOf: async () => folder })
  const built = await findImage(REFERENCE, { engine, signal })
  if (built) return { reference: REFERENCE, id: built.id }
  throw new MeshproofError({
    code: 'image-vanished',
    message: `The image ${REFERENCE} was built and is gone`,
    next: 'run the same command again',
  })
}
