import type { PairResult } from '../upgrade/continuous-types.ts'
import type { MeshState, TimelineEvent } from '../upgrade/types.ts'
import type { UpgradeRecord } from './upgrade-record.ts'

/** The states of the mesh as a reader knows them. */
export const STATE_WORDS: Readonly<Record<MeshState, string>> = {
  before: 'before',
  'control-plane': 'new control plane, old proxies',
  'half-moved': 'one namespace moved, the others not',
  after: 'after',
  'rolled-back': 'after the way back',
}

/** `09:31:07.2`, by universal time. */
export function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 21)
}

/** What was done at a moment: the latest event that had begun and not ended; else what came before it. */
export function during(events: readonly TimelineEvent[], at: number): string {
  const begun = events.filter((event) => event.at <= at)
  const open = begun.filter(({ end }) => end === undefined || end >= at)
  const last = open.at(-1)
  if (last) return `during ${wordsOf(last)}`
  const before = begun.at(-1)
  return before ? `after ${wordsOf(before)}` : 'before anything was done'
}

/** An event in words. */
export function wordsOf({ kind, title }: TimelineEvent): string {
  return kind === 'run' ? `the scenarios (${STATE_WORDS[title as MeshState] ?? title})` : title
}

/** How much was asked, over all pairs and both lanes. */
export function totalsOf({ continuous }: UpgradeRecord): { asked: number; held: number; lost: number } {
  const lanes = (continuous?.pairs ?? []).flatMap(({ fresh, pooled }) => [fresh, pooled])
  const sum = (of: (lane: PairResult['fresh']) => number) => lanes.reduce((total, lane) => total + of(lane), 0)
  return { asked: sum(({ asked }) => asked), held: sum(({ held }) => held), lost: sum(({ counts }) => counts.lost ?? 0) }
}
