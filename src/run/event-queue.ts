import type { RunEvent } from './events.ts'

/**
 * Holds the events of a scenario that runs beside others: reporters show one scenario after the other, so that it must not come in
 * between. Once opened all that was held is let through, and what follows at once.
 */
export class EventQueue {
  readonly #held: RunEvent[] = []
  readonly #emit: (event: RunEvent) => void
  #open = false

  constructor(emit: (event: RunEvent) => void) {
    this.#emit = emit
  }

  put(event: RunEvent): void {
    if (this.#open) this.#emit(event)
    else this.#held.push(event)
  }

  open(): void {
    this.#open = true
    for (const event of this.#held.splice(0)) this.#emit(event)
  }
}
