import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { MeshproofError } from '../error.ts'

/**
 * Writes a file as a whole: a reader sees the old content or the new one, never a part. Makes the folder.
 * @throws MeshproofError `report-not-written`.
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.part`
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(temporary, text, { flush: true })
    await rename(temporary, file)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw new MeshproofError({
      code: 'report-not-written',
      message: `${file} could not be written`,
      seen: cause instanceof Error ? cause.message : String(cause),
      next: 'check that the folder can be written and that the disk is not full',
      cause,
    })
  }
}
