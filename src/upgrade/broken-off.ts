import { causeOf } from '../run/cause-of.ts'
import { newRunId } from '../run/run.ts'
import type { LineFacts, Strategy, UpgradeResult } from './types.ts'

interface Circumstances {
  readonly from: string
  readonly to: string
  readonly strategy: Strategy
  readonly allowLoss: number
  readonly startedAt: Date
  readonly interrupted: boolean
}

/** The result of an upgrade for which no mesh came up: nothing is judged, the fault is its cause. */
export function brokenOff(error: unknown, { from, to, startedAt, interrupted, ...asked }: Circumstances): UpgradeResult {
  return {
    ...asked,
    id: newRunId(),
    startedAt: startedAt.toISOString(),
    ms: Date.now() - startedAt.getTime(),
    from: unknownLine(from),
    to: unknownLine(to),
    imageSource: 'unknown',
    runs: [],
    events: [],
    causes: [interrupted ? { code: 'interrupted', message: 'the upgrade was interrupted' } : causeOf(error)],
    interrupted,
  }
}

function unknownLine(line: string): LineFacts {
  return { line, istioVersion: line, proxyBuild: 'unknown' }
}
