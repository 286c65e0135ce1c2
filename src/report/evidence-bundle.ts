import { rmSync } from 'node:fs'
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Reporter } from '../run/events.ts'
import type { EvidenceFile } from '../run/evidence.ts'

/** Folder of the bundle inside the results folder. */
export const EVIDENCE_DIR = 'evidence'

interface BundleOptions {
  /** Results folder. */
  readonly dir: string
  /** Of one file, in bytes; 4 MiB unless said. */
  readonly fileLimit?: number
  /** Of the whole bundle, in bytes; 64 MiB unless said. */
  readonly bundleLimit?: number
}

/**
 * Writes what shows why cells are red, as it comes: `evidence/<scenario>/s<step>/…`, within
 * bounds: a file that is too long is cut, one that no longer fits is named in `left-out.txt`.
 */
export function evidenceBundle({ dir, fileLimit = 4 << 20, bundleLimit = 64 << 20 }: BundleOptions): Reporter {
  const root = join(dir, EVIDENCE_DIR)
  let written = 0
  let writing: Promise<unknown> = Promise.resolve()
  const write = async (folder: string, file: EvidenceFile) => {
    const bytes = bounded(file.bytes, fileLimit)
    const path = join(root, folder, file.path)
    if (written + bytes.length > bundleLimit) {
      await mkdir(root, { recursive: true })
      await appendFile(join(root, 'left-out.txt'), `${join(folder, file.path)}: ${bytes.length} bytes\n`)
      return
    }
    written += bytes.length
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, bytes)
  }
  return {
    onEvent(event) {
      if (event.kind === 'run-start') rmSync(root, { recursive: true, force: true })
      if (event.kind !== 'evidence') return
      const folder = join(event.scenario.id, `s${event.step.index + 1}`)
      const { files } = event
      writing = writing.then(async () => {
        for (const file of files) await write(folder, file)
      })
      // Whoever awaits the end gets the error; until then it must not end the process.
      writing.catch(() => {})
    },
    async end() {
      await writing
    },
  }
}

function bounded(bytes: Buffer, limit: number): Buffer {
  if (bytes.length <= limit) return bytes
  const note = Buffer.from(`\n… cut: ${bytes.length} bytes in all\n`)
  return Buffer.concat([bytes.subarray(0, Math.max(0, limit - note.length)), note])
}
