import pRetry from 'p-retry'
import { withDeadline } from './deadline.ts'
import { MeshproofError } from './error.ts'

interface WaitOptions<T> {
  /** What is waited for, as it reads after "waiting for". */
  readonly what: string
  /** Bound of the whole wait, in milliseconds. */
  readonly deadlineMs: number
  /** Pause between two looks, in milliseconds; 100 unless said. */
  readonly everyMs?: number
  readonly signal: AbortSignal
  /** Error code when the bound passes; `timed-out` unless said. */
  readonly code?: string
  readonly next?: string
  /** One look. `done` ends the wait; `seen` says what there was instead. Must stop when its signal aborts. */
  readonly look: (signal: AbortSignal) => Promise<{ done: T } | { seen: string }>
}

class NotYet extends Error {}

/**
 * Looks until there is what is waited for.
 * An error thrown by a look counts as "not yet" and is kept as the last observation, so a wait never hides its cause.
 * @throws MeshproofError with `code`, carrying the last observation, when the deadline passes.
 */
export async function waitFor<T>(options: WaitOptions<T>): Promise<T> {
  const { what, deadlineMs, everyMs = 100, signal, look } = options
  const bounded = withDeadline(signal, deadlineMs)
  let last: unknown = 'nothing yet'
  try {
    return await pRetry(
      async () => {
        try {
          const answer = await look(bounded)
          if ('done' in answer) return answer.done
          last = answer.seen
        } catch (error) {
          if (bounded.aborted) throw error
          last = error
        }
        throw new NotYet()
      },
      { retries: Number.POSITIVE_INFINITY, minTimeout: everyMs, factor: 1, signal: bounded },
    )
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (!bounded.aborted) throw error
    throw new MeshproofError({
      code: options.code ?? 'timed-out',
      message: `${what}: not within ${deadlineMs / 1000} s`,
      seen: last instanceof Error ? last.message : String(last),
      next: options.next,
      cause: last instanceof Error ? last : undefined,
    })
  }
}
