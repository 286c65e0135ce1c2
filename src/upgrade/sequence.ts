/** Keeps account of the numbers of one prober: none may be missing in the end. */
export class Sequence {
  /** Everything up to this number has come. */
  #whole = 0
  /** Numbers that came before one that is smaller. */
  readonly #early = new Set<number>()
  /** The last number that the prober itself names. */
  #announced = 0
  /** Whether it told its last number and ended. */
  ended = false

  /** @returns whether the number is new: a log that is read again tells the same twice. */
  add(n: number): boolean {
    if (n <= this.#whole || this.#early.has(n)) return false
    this.#early.add(n)
    while (this.#early.delete(this.#whole + 1)) this.#whole += 1
    return true
  }

  announce(n: number): void {
    this.#announced = Math.max(this.#announced, n)
  }

  /** Whether everything that was asked so far, by the prober's own words or by later numbers, has come. */
  get isWhole(): boolean {
    return this.#early.size === 0 && this.#whole >= this.#announced
  }

  /** How many numbers are missing below the greatest known one. */
  get missing(): number {
    const greatest = Math.max(this.#whole, this.#announced, ...this.#early)
    return greatest - this.#whole - this.#early.size
  }
}
