import type { Where } from '../error.ts'
import type { Cause, Verdict } from '../run/result.ts'
import { formatDecider } from '../scenario/format.ts'
import { askedInRecord, formatAsked } from './asked.ts'
import { causeVerdict } from './checks.ts'
import type { CellRecord, RunRecord } from './record-schema.ts'
import { formatCause } from './sentence.ts'

/** What one record says of a cell, or of a step, scenario or run beside its cells. */
export interface Side {
  readonly verdict: Verdict
  /** In the notation of the tables. Absent for a whole, which has nothing declared. */
  readonly declared?: string | undefined
  /** What the counted answers agree on, in the same notation. */
  readonly observed?: string | undefined
  /** Who decided it, in the same notation. */
  readonly by?: string | undefined
  /** Milliseconds. */
  readonly timeToEnforceMs?: number | undefined
  /** Why it is not a pass. */
  readonly cause?: string | undefined
}

/** One thing that two records can both speak of. */
export interface Entry {
  /** The same in both records: by what is asked in which step, not by numbers, which move when a file is edited. */
  readonly key: string
  readonly of: 'cell' | 'whole'
  readonly scenario: string
  /** `2. foo accepts mutual TLS only`. */
  readonly step?: string | undefined
  readonly name: string
  readonly where?: Where | undefined
  readonly side: Side
}

/** Everything in a record that another can be compared with, in its order. */
export function diffEntries(record: RunRecord): Entry[] {
  const unique = numbered()
  const run = whole({ ...record, parts: record.scenarios })
  return [
    { key: 'run', of: 'whole', scenario: '', name: 'the run as a whole', side: run },
    ...record.scenarios.flatMap((scenario) => [
      {
        key: unique(scenario.id),
        of: 'whole' as const,
        scenario: scenario.id,
        name: 'the scenario as a whole',
        where: scenario.where,
        side: whole({ ...scenario, parts: scenario.steps }),
      },
      ...scenario.steps.flatMap((step) => {
        const key = unique([scenario.id, step.title].join('\n'))
        const place = { scenario: scenario.id, step: `${step.index + 1}. ${step.title}` }
        const own = { key, of: 'whole' as const, ...place, name: 'the step as a whole', where: step.where }
        return [
          { ...own, side: whole({ ...step, parts: step.cells }) },
          ...step.cells.map((cell): Entry => {
            const name = formatAsked(askedInRecord(cell))
            return { key: unique([key, name].join('\n')), of: 'cell', ...place, name, where: cell.where, side: cellSide(cell) }
          }),
        ]
      }),
    ]),
  ]
}

/** Tells equal keys apart by the order of their appearance. */
function numbered(): (key: string) => string {
  const seen = new Map<string, number>()
  return (key) => {
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    return `${key}\n#${count}`
  }
}

interface Whole {
  readonly verdict: Verdict
  readonly causes: readonly Cause[]
  readonly parts: readonly { readonly verdict: Verdict }[]
}

/** What is wrong beside the parts; they are compared for themselves. */
function whole({ verdict, causes, parts }: Whole): Side {
  if (causes.length === 0) return { verdict: 'pass' }
  return { verdict: causeVerdict(verdict, parts), cause: causes.map(formatCause).join('; ') }
}

function cellSide({ verdict, declared, observed, timeToEnforceMs, cause }: CellRecord): Side {
  return {
    verdict,
    declared: declared.text,
    observed: observed?.text,
    by: observed?.by && formatDecider(observed.by),
    timeToEnforceMs,
    cause: cause && formatCause(cause),
  }
}
