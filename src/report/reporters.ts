import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Reporter } from '../run/events.ts'
import { consoleReporter } from './console.ts'
import { EVIDENCE_DIR, evidenceBundle } from './evidence-bundle.ts'
import { fileReporter } from './file-reporter.ts'
import { githubReporter } from './github-reporter.ts'
import { HTML_FILE, writeHtml } from './html/write-html.ts'
import { JUNIT_FILE, writeJunit } from './junit.ts'
import { showsUnicode } from './look.ts'
import { RECORD_FILE, writeRecord } from './record.ts'
import type { TextStream } from './text-stream.ts'

interface ReportersOptions {
  /** Results folder: `test-results`. */
  readonly dir: string
  readonly stream: TextStream & { readonly isTTY?: boolean | undefined }
  /** The process's environment: CI, NO_COLOR, FORCE_COLOR, TERM and the locale decide how text looks, GITHUB_… what GitHub is told. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Overrides what the environment says. */
  readonly colour?: boolean | undefined
  readonly verbose?: boolean | undefined
  readonly quiet?: boolean | undefined
}

/** Takes the results of an earlier run away: those of yesterday must not pass for those of a run that never came to write its own. */
export async function clearResults(dir: string): Promise<void> {
  await Promise.all([RECORD_FILE, HTML_FILE, JUNIT_FILE, EVIDENCE_DIR].map((file) => rm(join(dir, file), { recursive: true, force: true })))
}

/** The reporters of a run, in the order of their end: files first, then the console, so that it names only files that are there. */
export function createReporters(options: ReportersOptions): Reporter[] {
  const { dir, stream, env, verbose = false, quiet = false } = options
  const record = join(dir, RECORD_FILE)
  const page = join(dir, HTML_FILE)
  const junit = join(dir, JUNIT_FILE)
  return [
    fileReporter({ file: record, write: (result) => writeRecord(result, dir) }),
    fileReporter({ file: page, write: (result) => writeHtml(result, dir) }),
    fileReporter({ file: junit, write: (result) => writeJunit(result, dir) }),
    evidenceBundle({ dir }),
    githubReporter({ env, stream }),
    consoleReporter({
      stream,
      ...streamLook(options),
      unicode: showsUnicode(env),
      verbose,
      quiet,
      files: [page, record, junit, join(dir, EVIDENCE_DIR)],
    }),
  ]
}

/** Whether lines may be redrawn on this stream, and whether it shows colours. */
export function streamLook({ stream, env, colour }: Pick<ReportersOptions, 'stream' | 'env' | 'colour'>): {
  tty: boolean
  colour: boolean
} {
  const inCi = Boolean(env['CI']) && env['CI'] !== 'false'
  const tty = stream.isTTY === true && !inCi && env['TERM'] !== 'dumb'
  const asked = Boolean(env['FORCE_COLOR']) && env['FORCE_COLOR'] !== '0'
  return { tty, colour: colour ?? (!env['NO_COLOR'] && (asked || tty)) }
}
