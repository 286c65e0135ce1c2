import { EXIT, type ExitCode, worstExit } from '../error.ts'
import type { Verdict } from '../run/result.ts'
import type { Counts } from './checks.ts'
import { diffEntries, type Entry, type Side } from './diff-entries.ts'
import type { RunRecord } from './record-schema.ts'

/** What differs between two runs, as plain data; reporters switch on `kind`. */
export type Comparison =
  | {
      readonly kind: 'compared'
      readonly before: RunFacts
      readonly after: RunFacts
      /** In the order of the later record; what is gone comes last. One cell can have changed in several ways. */
      readonly changes: readonly Change[]
      /** Cells that both records have and that did not change. */
      readonly same: number
    }
  | { readonly kind: 'not-comparable'; readonly before: RunFacts; readonly after: RunFacts; readonly reason: string }

export interface RunFacts {
  readonly id: string
  readonly startedAt: string
  readonly verdict: Verdict
  readonly cells: Counts
  /** Absent where no mesh came up. */
  readonly mesh?: { readonly istio: string; readonly proxyBuild: string; readonly imageSource: string } | undefined
}

/**
 * `regressed`: fails, and did not before. `unproven`: is inconclusive, and was not before. `fixed`: passes, and did not before.
 * `slower`: takes longer until it is enforced. `decider`: the same verdict by another's decision. `answer`: the same verdict with another
 * outcome or wire. `declaration`: the scenario declares something else now, which explains another answer.
 * `new`, `new-red` where it is not a pass, and `gone`: cells that only the later or the earlier record has. `gated`: gone, because a
 * version gate leaves it out.
 */
export type ChangeKind =
  | 'gated'
  | 'regressed'
  | 'unproven'
  | 'fixed'
  | 'slower'
  | 'decider'
  | 'answer'
  | 'declaration'
  | 'new'
  | 'new-red'
  | 'gone'

export interface Change extends Omit<Entry, 'side' | 'key'> {
  readonly kind: ChangeKind
  /** Absent where it is new; `after` where it is gone. */
  readonly before?: Side | undefined
  readonly after?: Side | undefined
  /** Why a cell is asked no longer, of `gated` ones. */
  readonly reason?: string | undefined
}

interface CompareOptions {
  /** So many times as long counts as slower to enforce; 2. */
  readonly slowerRatio?: number
  /** And at least so many milliseconds more; 500. */
  readonly slowerMs?: number
}

/** Compares two runs, the earlier one first. Pure. Records of different image sources, or of no mesh, are not comparable. */
export function compareRecords(before: RunRecord, after: RunRecord, options: CompareOptions = {}): Comparison {
  const facts = { before: factsOf(before), after: factsOf(after) }
  const reason = incomparable(before, after)
  if (reason !== undefined) return { kind: 'not-comparable', ...facts, reason }
  const earlier = new Map(diffEntries(before).map((entry) => [entry.key, entry]))
  const later = diffEntries(after)
  const pairs = later.map((entry) => ({ entry, kinds: kindsOf(earlier.get(entry.key), entry, options) }))
  const changes = pairs.flatMap(({ entry, kinds }) =>
    kinds.map((kind) => toChange(kind, entry, { before: earlier.get(entry.key)?.side, after: entry.side })),
  )
  const known = new Set(later.map(({ key }) => key))
  const gone = [...earlier.values()].filter(({ key, of }) => of === 'cell' && !known.has(key))
  const gated = gatesOf(after)
  return {
    kind: 'compared',
    ...facts,
    changes: [...changes, ...gone.map((entry) => goneOrGated(entry, gated))],
    same: pairs.filter(({ entry, kinds }) => entry.of === 'cell' && kinds.length === 0).length,
  }
}

/** Why cells of a record were left out, by the scenario and the cell's name. */
function gatesOf({ scenarios }: RunRecord): ReadonlyMap<string, string> {
  return new Map(
    scenarios.flatMap(({ id, steps }) =>
      steps.flatMap(({ leftOut = [] }) => leftOut.map(({ name, reason }) => [`${id}\n${name}`, reason] as const)),
    ),
  )
}

function goneOrGated(entry: Entry, gated: ReadonlyMap<string, string>): Change {
  const reason = gated.get(`${entry.scenario}\n${entry.name}`)
  if (reason === undefined) return toChange('gone', entry, { before: entry.side })
  return { ...toChange('gated', entry, { before: entry.side }), reason }
}

/** 1 on a regression, 3 where nothing can be said or something is no longer proven, else 0. */
export function comparisonExit(comparison: Comparison): ExitCode {
  if (comparison.kind === 'not-comparable') return EXIT.inconclusive
  const has = (kind: ChangeKind) => comparison.changes.some((change) => change.kind === kind)
  return worstExit([has('regressed') ? EXIT.notConformant : EXIT.conformant, has('unproven') ? EXIT.inconclusive : EXIT.conformant])
}

function factsOf({ id, startedAt, verdict, cells, mesh }: RunRecord): RunFacts {
  return {
    id,
    startedAt,
    verdict,
    cells,
    mesh: mesh && { istio: mesh.istio, proxyBuild: mesh.proxyBuild, imageSource: mesh.imageSource },
  }
}

function incomparable({ mesh: before }: RunRecord, { mesh: after }: RunRecord): string | undefined {
  if (!before) return after ? 'the earlier run had no mesh' : 'neither run had a mesh'
  if (!after) return 'the later run had no mesh'
  if (before.imageSource === after.imageSource) return undefined
  return `their images come from different sources, ${before.imageSource} and ${after.imageSource}, so their proxies are different builds`
}

function kindsOf(before: Entry | undefined, after: Entry, options: CompareOptions): ChangeKind[] {
  if (!before) {
    // A step or scenario that is new shows in its cells; what is wrong with it as a whole shows in none of them.
    if (after.of === 'cell') return [after.side.verdict === 'pass' ? 'new' : 'new-red']
    return after.side.verdict === 'pass' ? [] : [after.side.verdict === 'fail' ? 'regressed' : 'unproven']
  }
  return [...verdictKinds(before.side, after.side), ...otherKinds(before.side, after.side, options)]
}

function verdictKinds(before: Side, after: Side): ChangeKind[] {
  if (before.verdict === after.verdict) return []
  if (after.verdict === 'fail') return ['regressed']
  return [after.verdict === 'pass' ? 'fixed' : 'unproven']
}

function otherKinds(before: Side, after: Side, { slowerRatio = 2, slowerMs = 500 }: CompareOptions): ChangeKind[] {
  if (before.declared !== after.declared) return ['declaration']
  const kinds: ChangeKind[] = []
  const passed = before.verdict === 'pass' && after.verdict === 'pass'
  const [was, is] = [before.timeToEnforceMs, after.timeToEnforceMs]
  if (passed && was !== undefined && is !== undefined && is >= was * slowerRatio && is - was >= slowerMs) kinds.push('slower')
  // Whoever decided a cell whose verdict changed is told with that.
  if (before.verdict !== after.verdict || before.observed === after.observed) return kinds
  return [...kinds, before.by === after.by ? 'answer' : 'decider']
}

function toChange(
  kind: ChangeKind,
  { of, scenario, step, name, where }: Entry,
  sides: { before?: Side | undefined; after?: Side },
): Change {
  return { kind, of, scenario, step, name, where, ...sides }
}
