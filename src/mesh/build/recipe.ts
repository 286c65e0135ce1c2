import { readFile } from 'node:fs/promises'
import { recipeHash } from '../cache.ts'
import type { Versions } from '../versions.ts'
import { imageFile } from './image-file.ts'

/** Programs compiled by Go, all into one folder. */
export interface ProgramsSource {
  readonly kind: 'programs'
  readonly name: string
  readonly hash: string
  /** `packages` of one published module, or of a module in `kind/images/go`: our own, or one that holds replace lines. */
  readonly from: { readonly kind: 'published'; readonly version: string } | { readonly kind: 'wrapped'; readonly folder: string }
  readonly packages: readonly string[]
  readonly tags: string
  readonly ldflags: string
  /** Programs to rename, after the last part of the package's path that Go names them by. */
  readonly rename: Readonly<Record<string, string>>
  /** Our own: its tests have to pass before it is built. */
  readonly tested?: true
}

/** Upstream Envoy, out of its Python wheel. */
export interface EnvoySource {
  readonly kind: 'envoy'
  readonly name: string
  readonly hash: string
  readonly version: string
}

/** A Debian root file system as `root.tar`. */
export interface RootSource {
  readonly kind: 'root'
  readonly name: string
  readonly hash: string
  readonly suite: string
  readonly packages: readonly string[]
  /** The script of `kind/images` that runs in it. */
  readonly script: string
  /** Version of kind whose own files go into it; only for a node. */
  readonly kindVersion?: string
}

/** Folders and files out of a Go module's source. */
export interface ModuleFilesSource {
  readonly kind: 'module-files'
  readonly name: string
  readonly hash: string
  readonly module: string
  /** Path in the module to name in the result. */
  readonly files: Readonly<Record<string, string>>
}

/** Something that is made once and kept in the cache. */
export type Source = ProgramsSource | EnvoySource | RootSource | ModuleFilesSource

/** An image that is built here. */
export interface ImageRecipe {
  readonly title: string
  readonly reference: string
  readonly hash: string
  readonly dockerfile: string
  readonly args: Readonly<Record<string, string>>
  readonly base?: ImageRecipe
  readonly files: readonly { readonly from: Source; readonly path: string; readonly as: string }[]
  /** See `Image.standIn`. */
  readonly standIn?: string
}

/** A node image: `base` with the images of its control plane inside. */
export interface NodeRecipe {
  readonly title: string
  readonly reference: string
  readonly hash: string
  readonly base: ImageRecipe
  readonly preload: readonly { readonly image: ImageRecipe; readonly publicName: string }[]
}

/** Gives a source its hash, which covers all of it. */
export function withHash<T extends { readonly hash: string }>(source: Omit<T, 'hash'>): T
export function withHash(source: object): object {
  return { ...source, hash: recipeHash(source) }
}

/** The text of files of `kind/images`, for hashes to cover. */
export async function readImageFiles(...names: readonly string[]): Promise<string[]> {
  return Promise.all(names.map((name) => readFile(imageFile(name), 'utf8')))
}

/** What is built, in one value: `plan-build.ts` makes it, `build-images.ts` carries it out. */
export interface BuildPlan {
  readonly line: string
  readonly tag: string
  readonly hub: string
  readonly node: NodeRecipe
  readonly images: readonly ImageRecipe[]
  readonly charts: ModuleFilesSource
  readonly versions: Versions
}
