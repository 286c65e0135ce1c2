import type { Progress } from '../mesh/types.ts'
import type { TimelineEvent } from './types.ts'

/** Writes down what is done and when, and tells the progress of it. */
export interface Journal {
  readonly events: readonly TimelineEvent[]
  /** Does a piece of work as one event. What fails has no end, which shows where an upgrade broke off. */
  during<T>(event: Pick<TimelineEvent, 'kind' | 'title'>, work: () => Promise<T>): Promise<T>
  /** Something that took no time. */
  note(title: string): void
}

/** @param progress is told of everything but runs, which have reporters of their own. */
export function openJournal(progress: Progress): Journal {
  const events: TimelineEvent[] = []
  return {
    events,
    during: async ({ kind, title }, work) => {
      const begun = performance.now()
      const index = events.push({ kind, title, at: Date.now() }) - 1
      const told = kind !== 'run'
      if (told) progress({ kind: 'start', title })
      const result = await work()
      const event = events[index]
      if (event) events[index] = { ...event, end: Date.now() }
      if (told) progress({ kind: 'end', title, ms: performance.now() - begun })
      return result
    },
    note: (title) => {
      events.push({ kind: 'note', title, at: Date.now() })
      progress({ kind: 'note', text: title })
    },
  }
}
