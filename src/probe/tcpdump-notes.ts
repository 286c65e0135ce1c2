/** Lines of stderr kept for messages. */
const KEPT = 8

/** What tcpdump says on stderr, as it says it. */
export class TcpdumpNotes {
  #rest = ''
  #lines: string[] = []
  /** It opened the device: packets from now on are captured. */
  listening = false
  /** Packets lost so far, by the kernel and by the interface. */
  dropped = 0
  /** How many times it told its counts. */
  counts = 0

  feed(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString('utf8')).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#note(line.trim())
  }

  /** Its last words, in one line. */
  get last(): string {
    return [...this.#lines, this.#rest.trim()].filter(Boolean).join('; ')
  }

  #note(line: string): void {
    if (/\blistening on\b/.test(line)) this.listening = true
    const lost = [...line.matchAll(/(\d+) packets? dropped by (?:kernel|interface)/g)].map((match) => Number(match[1]))
    // Each report counts from the beginning; a later one is never less.
    this.dropped = Math.max(this.dropped, ...lost)
    if (/dropped by kernel/.test(line)) this.counts += 1
    if (line === '' || /\blistening on\b|verbose output suppressed|packets? (captured|received|dropped)/.test(line)) return
    this.#lines = [...this.#lines, line].slice(-KEPT)
  }
}
