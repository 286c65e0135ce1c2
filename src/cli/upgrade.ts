import { setMaxListeners } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EXIT, type ExitCode, formatError, MeshproofError, worstExit } from '../error.ts'
import { withCacheLock } from '../mesh/cache.ts'
import type { ImageSource, IstioLine } from '../mesh/types.ts'
import { comparisonExit } from '../report/diff.ts'
import { JUNIT_FILE } from '../report/junit.ts'
import { createLook, showsUnicode } from '../report/look.ts'
import { multiReporter } from '../report/multi-reporter.ts'
import { RECORD_FILE } from '../report/record.ts'
import { createReporters, streamLook } from '../report/reporters.ts'
import { writeUpgradeJunit } from '../report/upgrade-junit.ts'
import { UPGRADE_PAGE, writeUpgradePage } from '../report/upgrade-page.ts'
import { toUpgradeRecord, writeUpgradeRecord } from '../report/upgrade-record.ts'
import { upgradeLines } from '../report/upgrade-text.ts'
import { brokenOff } from '../upgrade/broken-off.ts'
import { readStandingSet } from '../upgrade/standing-set.ts'
import { type MeshState, STATES, type Strategy } from '../upgrade/types.ts'
import { upgrade } from '../upgrade/upgrade.ts'
import { withProgress } from './console.ts'
import { selectScenarios } from './select-scenarios.ts'
import { showProblems } from './show-problems.ts'
import { onCluster } from './upgrade-cluster.ts'
import { verdictExit } from './verdict-exit.ts'

interface UpgradeCommand {
  readonly name: string
  /** A cluster of `meshproof up` instead of a fresh one; it is not removed. */
  readonly context?: string | undefined
  readonly from: IstioLine
  readonly to: IstioLine
  readonly strategy: Strategy
  readonly rollback: boolean
  readonly allowLoss: number
  readonly images: 'auto' | ImageSource
  readonly install: boolean
  readonly yes: boolean
  readonly keep: boolean
  readonly quiet: boolean
  /** Folder of the results; each state of the mesh has one of its own in it. */
  readonly results: string
  readonly signal: AbortSignal
}

/** `meshproof upgrade`: whether every guarantee holds before, during and after an upgrade, on a cluster of its own. */
export async function upgradeCommand(args: readonly string[], options: UpgradeCommand): Promise<ExitCode> {
  const { name, signal, results, quiet } = options
  // The events of a long upgrade listen to one signal.
  setMaxListeners(0, signal)
  const { scenarios, problems } = await selectScenarios(args)
  if (showProblems(problems)) return EXIT.usage
  const set = await readStandingSet()
  // Results of yesterday must not pass for those of an upgrade that never came so far.
  const old = [...STATES, RECORD_FILE, JUNIT_FILE, UPGRADE_PAGE]
  await Promise.all(old.map((name) => rm(join(results, name), { recursive: true, force: true })))
  const { stdout: stream, env } = process
  const exits: ExitCode[] = []
  const reporterFor = (state: MeshState) => {
    stream.write(`\n${state}\n`)
    const reporter = multiReporter(createReporters({ dir: join(results, state), stream, env, quiet }), process.stderr)
    return {
      ...reporter,
      end: async () => {
        await reporter.end()
        exits.push(reporter.exit())
      },
    }
  }
  const startedAt = new Date()
  const result = await withProgress((progress) =>
    withCacheLock({ name: `upgrade-${name}`, signal, progress }, () =>
      onCluster({ ...options, set, progress }, (ready) => upgrade({ ...options, ...ready, set, scenarios, progress, reporterFor })),
    ),
  ).catch((error: unknown) => {
    if (error instanceof MeshproofError && error.exit === EXIT.usage) throw error
    process.stderr.write(`${formatError(error)}\n`)
    const { from, to, strategy, allowLoss } = options
    return brokenOff(error, { from, to, strategy, allowLoss, startedAt, interrupted: signal.aborted })
  })
  const record = toUpgradeRecord(result)
  const files = [
    await writeUpgradeRecord(record, results),
    await writeUpgradeJunit(record, results),
    await writeUpgradePage(record, results),
  ]
  const look = createLook({ colour: streamLook({ stream, env }).colour, unicode: showsUnicode(env) })
  stream.write(`\n${look.text([...upgradeLines(record, look), `  results  ${files.join(', ')}`].join('\n'))}\n`)
  return worstExit([...exits, verdictExit(record), ...record.comparisons.map(({ comparison }) => comparisonExit(comparison))])
}
