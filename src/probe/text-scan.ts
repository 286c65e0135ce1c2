/** What a probe's token looks like, in the middle of anything. */
const TOKEN = /mp-[a-z0-9-]+/g
/** Longest text that is found where it straddles two segments. */
const MAX_TEXT = 256

/**
 * Finds tokens and awaited texts in one direction's bytes as they come. Each byte is looked at once, but for the few
 * before a seam, so that a text in two segments is found too.
 */
export class TextScan {
  readonly #onToken: (token: string) => void
  readonly #awaited: Iterable<Awaited>
  #seam = ''

  constructor(onToken: (token: string) => void, awaited: Iterable<Awaited>) {
    this.#onToken = onToken
    this.#awaited = awaited
  }

  /** Bytes that follow the ones before. */
  next(bytes: Buffer): void {
    const text = this.#seam + bytes.toString('latin1')
    this.#look(text)
    this.#seam = text.slice(-(MAX_TEXT - 1))
  }

  /** The bytes before the next ones are missing. */
  gap(): void {
    this.#seam = ''
  }

  /** Bytes that stand alone. */
  alone(bytes: Buffer): void {
    this.#look(bytes.toString('latin1'))
  }

  #look(text: string): void {
    const tokens = new Set(Array.from(text.matchAll(TOKEN), ([token]) => token))
    for (const token of tokens) this.#onToken(token)
    for (const one of this.#awaited) if (isToken(one.needle) ? tokens.has(one.needle) : text.includes(one.needle)) one.found()
  }
}

/** A text that somebody waits for. */
export interface Awaited {
  /** `toNeedle` of the text. */
  readonly needle: string
  found(): void
}

/** The text's bytes, one character each, as the scan compares them. */
export function toNeedle(text: string): string {
  if (text.length === 0 || Buffer.byteLength(text) > MAX_TEXT) throw new RangeError(`a text of 1 to ${MAX_TEXT} bytes, not ${text.length}`)
  return Buffer.from(text).toString('latin1')
}

/** Whether the text is a token. Tokens are compared whole: `mp-1` is not readable where `mp-12` is. */
export function isToken(text: string): boolean {
  return /^mp-[a-z0-9-]+$/.test(text)
}
