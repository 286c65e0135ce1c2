import { rmSync } from 'node:fs'
import type { Reporter } from '../run/events.ts'
import type { RunResult } from '../run/result.ts'
import { runLog } from './run-log.ts'

interface FileReporterOptions {
  readonly file: string
  /** Writes the finished run. */
  readonly write: (result: RunResult) => Promise<unknown>
}

/** A reporter that writes one file when the run is over, and takes the former run's file away when it begins. */
export function fileReporter({ file, write }: FileReporterOptions): Reporter {
  const log = runLog()
  return {
    onEvent(event) {
      // A green file of yesterday must not outlive a run that is killed today.
      if (event.kind === 'run-start') rmSync(file, { force: true })
      log.onEvent(event)
    },
    async end() {
      const result = log.result()
      if (result) await write(result)
    },
  }
}
