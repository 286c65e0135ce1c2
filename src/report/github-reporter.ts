import { statSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { isAbsolute, relative, resolve } from 'node:path'
import { MeshproofError, type Where } from '../error.ts'
import type { Reporter } from '../run/events.ts'
import { annotations } from './annotations.ts'
import { toRecord } from './record.ts'
import type { RunRecord } from './record-schema.ts'
import { runLog } from './run-log.ts'
import { summaryMarkdown } from './summary.ts'
import type { TextStream } from './text-stream.ts'

interface GithubOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where workflow commands are read: stdout. */
  readonly stream: TextStream
}

/** GitHub refuses the whole summary of a step that is larger, in bytes: 1 MiB, less room for what others append. */
const SUMMARY_BYTES = 1_000_000

/**
 * In a job of GitHub Actions: a summary at the end of the run where `GITHUB_STEP_SUMMARY` names a file, and annotations where
 * `GITHUB_ACTIONS` is set. Elsewhere it says nothing.
 * @throws MeshproofError `report-not-written` at the end, when the summary's file does not take it.
 */
export function githubReporter({ env, stream }: GithubOptions): Reporter {
  const log = runLog()
  return {
    onEvent: log.onEvent,
    async end() {
      const result = log.result()
      if (!result) return
      const record = toRecord(result)
      const pathOf = pathsFrom(env)
      if (env['GITHUB_ACTIONS'] === 'true') {
        for (const line of annotations(record, pathOf)) stream.write(`${line}\n`)
      }
      const file = env['GITHUB_STEP_SUMMARY']
      if (file) await append(file, record, linksFrom(env, pathOf))
    },
  }
}

async function append(file: string, record: RunRecord, linkTo: (where: Where) => string | undefined): Promise<void> {
  try {
    const used = statSync(file, { throwIfNoEntry: false })?.size ?? 0
    await appendFile(file, summaryMarkdown(record, { limit: SUMMARY_BYTES - used, linkTo }))
  } catch (cause) {
    throw new MeshproofError({
      code: 'report-not-written',
      message: `the summary could not be appended to ${file}`,
      next: 'see what GITHUB_STEP_SUMMARY names',
      cause,
    })
  }
}

/** Paths as the repository has them; a file outside it keeps its own. */
function pathsFrom(env: GithubOptions['env']): (file: string) => string {
  const root = env['GITHUB_WORKSPACE']
  return (file) => {
    const path = root ? relative(root, resolve(file)) : file
    return path.startsWith('..') || isAbsolute(path) ? file : path
  }
}

function linksFrom(env: GithubOptions['env'], pathOf: (file: string) => string): (where: Where) => string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_SHA: commit } = env
  return ({ file, line }) => {
    const path = pathOf(file)
    if (!server || !repository || !commit || isAbsolute(path) || path.startsWith('..')) return undefined
    return `${server}/${repository}/blob/${commit}/${encodeURI(path)}#L${line}`
  }
}
