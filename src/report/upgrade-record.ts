import { join } from 'node:path'
import type { Cause, Verdict } from '../run/result.ts'
import type { Continuous } from '../upgrade/continuous-types.ts'
import type { LineFacts, MeshState, Strategy, TimelineEvent, UpgradeResult } from '../upgrade/types.ts'
import { type Finding, findingsOf, upgradeVerdict } from '../upgrade/verdict.ts'
import { type Counts, countCells } from './checks.ts'
import { type Comparison, compareRecords } from './diff.ts'
import { RECORD_FILE, toRecord } from './record.ts'
import { writeWhole } from './write-whole.ts'

/** One whole upgrade as it is kept, beside the records of its runs. Times in milliseconds since 1970 unless they are text. */
export interface UpgradeRecord {
  readonly version: 1
  readonly kind: 'upgrade'
  readonly id: string
  readonly startedAt: string
  readonly ms: number
  readonly verdict: Verdict
  readonly interrupted: boolean
  readonly strategy: Strategy
  readonly from: LineFacts
  readonly to: LineFacts
  readonly imageSource: string
  readonly kubernetes?: string | undefined
  readonly runs: readonly RunFacts[]
  /** The run before against the one after, and against the one after the way back. */
  readonly comparisons: readonly { readonly state: MeshState; readonly comparison: Comparison }[]
  readonly events: readonly TimelineEvent[]
  readonly continuous?: Continuous | undefined
  /** How many questions of allowed pairs may go unserved. */
  readonly allowLoss: number
  readonly findings: readonly Finding[]
  readonly causes: readonly Cause[]
}

interface RunFacts {
  readonly state: MeshState
  readonly id: string
  readonly verdict: Verdict
  readonly cells: Counts
  readonly ms: number
  readonly mesh?: { readonly istio: string; readonly proxyBuild: string } | undefined
  /** Of its own record, from this one's folder. */
  readonly record: string
}

/** Pure. */
export function toUpgradeRecord(result: UpgradeResult): UpgradeRecord {
  const { runs, continuous, allowLoss } = result
  const before = runs.find(({ state }) => state === 'before')
  const later = runs.filter(({ state }) => state === 'after' || state === 'rolled-back')
  return {
    version: 1,
    kind: 'upgrade',
    id: result.id,
    startedAt: result.startedAt,
    ms: result.ms,
    verdict: upgradeVerdict(result),
    interrupted: result.interrupted,
    strategy: result.strategy,
    from: result.from,
    to: result.to,
    imageSource: result.imageSource,
    kubernetes: before?.result.mesh?.kubernetesVersion,
    runs: runs.map(({ state, result: run }) => ({
      state,
      id: run.id,
      verdict: run.verdict,
      cells: countCells(run),
      ms: run.ms,
      mesh: run.mesh && { istio: run.mesh.istioVersion, proxyBuild: run.mesh.proxyBuild },
      record: `${state}/${RECORD_FILE}`,
    })),
    comparisons: later.flatMap(({ state, result: run }) =>
      before ? [{ state, comparison: compareRecords(toRecord(before.result), toRecord(run)) }] : [],
    ),
    events: [...result.events],
    continuous,
    allowLoss,
    findings: continuous ? findingsOf(continuous, allowLoss) : [],
    causes: [...result.causes],
  }
}

/** Writes the record into the results folder. @throws MeshproofError `report-not-written`. */
export async function writeUpgradeRecord(record: UpgradeRecord, dir: string): Promise<string> {
  const file = join(dir, RECORD_FILE)
  await writeWhole(file, `${JSON.stringify(record, undefined, 1)}\n`)
  return file
}
