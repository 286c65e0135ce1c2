import { EXIT, MeshproofError } from '../error.ts'

/** SIGINT and SIGTERM as an AbortSignal. */
export interface Interrupts {
  readonly signal: AbortSignal
  /** Listens again, and alone: some libraries install handlers that end the process before it has cleaned up. */
  takeOver(): void
  /** Lets the signals do what they do by default. */
  release(): void
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The first signal aborts, so that everything cleans up; a second one ends the process at once. */
export function interrupts(): Interrupts {
  const controller = new AbortController()
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted)
    process.stderr.write(`\n${name}: cleaning up; once more ends at once and leaves the rest to the next run\n`)
    controller.abort(new MeshproofError({ code: 'interrupted', message: `interrupted by ${name}`, exit: EXIT.interrupted }))
  }
  const listen = () => {
    for (const name of SIGNALS) process.on(name, onSignal)
  }
  listen()
  return {
    signal: controller.signal,
    takeOver() {
      for (const name of SIGNALS) process.removeAllListeners(name)
      listen()
    },
    release() {
      for (const name of SIGNALS) process.off(name, onSignal)
    },
  }
}
