/** Whose turn it is to change the mesh and to ask under what was changed: one scenario's at a time. */
export class Turn {
  #last: Promise<void> = Promise.resolve()

  /** Waits for the turn. @returns what ends it; more than once does no harm. */
  async take(): Promise<() => void> {
    let end: () => void = () => {}
    const before = this.#last
    this.#last = new Promise((resolve) => {
      end = resolve
    })
    await before
    return end
  }
}
