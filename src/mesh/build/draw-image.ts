import { recipeHash } from '../cache.ts'
import { type ImageRecipe, readImageFiles } from './recipe.ts'

/** An image as a plan describes it. */
export interface Drawn {
  readonly title: string
  /** Dockerfile of `kind/images`, without its suffix; the title unless said. */
  readonly dockerfile?: string
  readonly name: (hash: string) => string
  readonly base?: ImageRecipe
  readonly args?: Readonly<Record<string, string>>
  readonly files: readonly { readonly from: ImageRecipe['files'][number]['from']; readonly path: string }[]
  /** See `Image.standIn`. */
  readonly standIn?: string
}

/** Gives an image its hash, which covers its Dockerfile, arguments, base and files, and its name. */
export async function drawImage({ title, dockerfile = title, name, base, args = {}, files, standIn }: Drawn): Promise<ImageRecipe> {
  const text = await readImageFiles(`${dockerfile}.Dockerfile`)
  const hash = recipeHash([text, args, base?.hash ?? null, files.map(({ from, path }) => [from.name, from.hash, path])])
  return {
    title,
    reference: name(hash),
    hash,
    dockerfile: `${dockerfile}.Dockerfile`,
    args,
    ...(base === undefined ? {} : { base }),
    files: files.map(({ from, path }) => ({ from, path, as: path })),
    ...(standIn === undefined ? {} : { standIn }),
  }
}
