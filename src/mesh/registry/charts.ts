import { command } from '../build/command.ts'
import { cached, recipeHash } from '../cache.ts'
import type { Progress } from '../types.ts'
import { pinsOf, type Versions } from '../versions.ts'
import { chartRepository } from './public-images.ts'

const CHARTS = ['base', 'istiod', 'gateway']

interface Wanted {
  readonly versions: Versions
  readonly line: string
  readonly helm: string
  readonly signal: AbortSignal
  readonly progress: Progress
  /** Bound of each download, in milliseconds. */
  readonly deadlineMs: number
}

/** The folder that holds the release charts of a line, each unpacked under its name. */
export async function fetchCharts({ versions, line, helm, signal, progress, deadlineMs }: Wanted): Promise<string> {
  const { version } = pinsOf(versions, line).registry
  const repository = chartRepository(versions)
  return cached({
    name: `release-charts-${version}`,
    hash: recipeHash([repository, CHARTS]),
    signal,
    progress,
    make: async (folder) => {
      const pulls = CHARTS.map((chart) =>
        command(helm, ['pull', chart, '--repo', repository, '--version', version, '--untar', '--untardir', folder], {
          signal,
          deadlineMs,
          purpose: `get the Helm chart ${chart} ${version}`,
          next: `see that ${repository} can be reached, or use --images build`,
        }),
      )
      await Promise.all(pulls)
    },
  })
}
