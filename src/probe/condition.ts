/** Lets callers wait for a state that events change. */
export class Condition {
  readonly #waiting = new Set<() => void>()

  /** To be called after every change; whoever waits looks again. */
  changed(): void {
    for (const look of [...this.#waiting]) look()
  }

  /** Resolves once the check holds, at once if it does. Rejects with the signal's reason. */
  until(check: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (check()) return resolve()
      if (signal.aborted) return reject(signal.reason)
      const stop = () => {
        this.#waiting.delete(look)
        signal.removeEventListener('abort', abort)
      }
      const look = () => {
        if (!check()) return
        stop()
        resolve()
      }
      const abort = () => {
        stop()
        reject(signal.reason)
      }
      this.#waiting.add(look)
      signal.addEventListener('abort', abort, { once: true })
    })
  }
}
