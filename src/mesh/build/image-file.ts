import { fileURLToPath } from 'node:url'

/** The absolute path of something in `kind/images`. */
export function imageFile(...path: readonly string[]): string {
  return fileURLToPath(new URL(`../../../kind/images/${path.join('/')}`, import.meta.url))
}
