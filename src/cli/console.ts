import { showsUnicode } from '../report/look.ts'
import { consoleProgress } from '../report/progress.ts'
import { streamLook } from '../report/reporters.ts'

/** Runs long work and shows its progress on stdout; the drawing ends with the work, however it ends. */
export async function withProgress<T>(work: (progress: ReturnType<typeof consoleProgress>) => Promise<T>): Promise<T> {
  const { stdout: stream, env } = process
  const progress = consoleProgress({ stream, ...streamLook({ stream, env }), unicode: showsUnicode(env) })
  try {
    return await work(progress)
  } finally {
    progress.close()
  }
}
