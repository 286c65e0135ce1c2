import type { Progress } from './types.ts'

/** Tells the progress of one piece of work: its start, and its end with the time it took. A failure has no end of its own. */
export async function step<T>(progress: Progress, title: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now()
  progress({ kind: 'start', title })
  const result = await work()
  progress({ kind: 'end', title, ms: performance.now() - start })
  return result
}
