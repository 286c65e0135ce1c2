import { EXIT, type ExitCode, formatError } from '../error.ts'
import type { Reporter, RunEvent } from '../run/events.ts'
import type { TextStream } from './text-stream.ts'

/** Many reporters as one. */
export interface MultiReporter extends Reporter {
  end(): Promise<void>
  /** `EXIT.inconclusive` (3) once a reporter failed: what it should have shown is missing. For `worstExit`. */
  exit(): ExitCode
}

/**
 * Passes every event to every reporter. One that throws is shown on `errors` and gets nothing more (its report would have a hole);
 * the others go on. They end in their order, one after the other.
 */
export function multiReporter(reporters: readonly Reporter[], errors: TextStream): MultiReporter {
  const failed = new Set<Reporter>()
  const sound = () => reporters.filter((reporter) => !failed.has(reporter))
  const fail = (reporter: Reporter, error: unknown) => {
    failed.add(reporter)
    errors.write(`a reporter failed: ${formatError(error)}\n`)
  }
  return {
    onEvent(event: RunEvent) {
      for (const reporter of sound()) {
        try {
          reporter.onEvent(event)
        } catch (error) {
          fail(reporter, error)
        }
      }
    },
    async end() {
      for (const reporter of sound()) {
        try {
          await reporter.end?.()
        } catch (error) {
          fail(reporter, error)
        }
      }
    },
    exit: () => (failed.size === 0 ? EXIT.conformant : EXIT.inconclusive),
  }
}
