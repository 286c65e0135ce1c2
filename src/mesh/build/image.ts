import { execa } from 'execa'
import { z } from 'zod'
import { MeshproofError } from '../../error.ts'
import type { Engine } from '../engine.ts'
import type { Image } from '../types.ts'

/** The label that says which recipe an image was built from. */
export const RECIPE_LABEL = 'dev.meshproof.recipe'

const inspected = z.array(
  z.object({
    Id: z.string(),
    RepoDigests: z.array(z.string()).nullish(),
    Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
  }),
)

/** An image of the engine, with the recipe it was built from if that was ours. */
export interface KnownImage extends Image {
  readonly recipe?: string
  /** Names with digest that registries gave it. */
  readonly digests: readonly string[]
}

/** Looks an image up in the engine. */
export async function findImage(
  reference: string,
  { engine, signal }: { readonly engine: Engine; readonly signal: AbortSignal },
): Promise<KnownImage | undefined> {
  const answer = await execa(engine.docker, ['image', 'inspect', reference], {
    env: engine.env,
    cancelSignal: signal,
    reject: false,
    timeout: 30_000,
  })
  signal.throwIfAborted()
  if (answer.failed) {
    if (/no such image/i.test(answer.stderr)) return undefined
    throw new MeshproofError({
      code: 'engine-unreachable',
      message: `The container engine did not say whether it has ${reference}`,
      seen: answer.stderr || answer.shortMessage,
      next: 'docker info',
      cause: answer.cause,
    })
  }
  const [image] = inspected.parse(JSON.parse(answer.stdout))
  if (!image) return undefined
  const recipe = image.Config?.Labels?.[RECIPE_LABEL]
  return { reference, id: image.Id, digests: image.RepoDigests ?? [], ...(recipe === undefined ? {} : { recipe }) }
}
