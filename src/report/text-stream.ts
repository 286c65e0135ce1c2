/** What reporters write to; `columns` is the width of a terminal. */
export interface TextStream {
  write(text: string): unknown
  on?(event: 'error', listener: (error: Error & { code?: string }) => void): unknown
  readonly columns?: number | undefined
}

/** A stream that may break: what cannot be written must end neither the run nor its clean-up. */
interface GuardedStream extends TextStream {
  /** @throws the stream's error, such as a full disk. A reader that went away (`| head`) is none: it has what it wanted. */
  check(): void
}

/** Listens for the stream's errors, which would otherwise end the process, and writes nothing more after the first. */
export function guardStream(stream: TextStream): GuardedStream {
  let broken: (Error & { code?: string }) | undefined
  stream.on?.('error', (error) => {
    broken ??= error
  })
  return {
    write: (text) => (broken ? false : stream.write(text)),
    get columns() {
      return stream.columns
    },
    check() {
      if (broken && broken.code !== 'EPIPE') throw broken
    },
  }
}
