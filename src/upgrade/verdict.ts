import { type Cause, type Verdict, worstVerdict } from '../run/result.ts'
import type { Continuous, Deviation, LaneResult } from './continuous-types.ts'
import type { UpgradeResult } from './types.ts'

/** One thing that the continuous part says against the upgrade, or cannot say. */
export interface Finding {
  readonly verdict: Exclude<Verdict, 'pass'>
  /** Stable: `opened`, `plain`, `decider`, `lost`, `unexplained`, `unheard`, `unseen`, `not-asked`. */
  readonly code: string
  /** `prober.a → echo.b:8080 GET /open`, over fresh or pooled connections; absent where it is no pair's. */
  readonly pair?: string | undefined
  readonly message: string
  /** The first and the last time, milliseconds since 1970. */
  readonly at?: number | undefined
  readonly end?: number | undefined
}

/** Everything that the continuous part found, worst first. Within the budget a lost question is no finding. Pure. */
export function findingsOf({ pairs, blind }: Continuous, allowLoss: number): Finding[] {
  const lanes = pairs.flatMap((pair) =>
    (['fresh', 'pooled'] as const).map((lane) => ({
      name: `${pair.from} → ${pair.to} ${pair.asks}, ${lane}`,
      declared: pair.declared,
      result: pair[lane],
    })),
  )
  const lost = lanes.reduce((sum, { result }) => sum + (result.counts.lost ?? 0), 0)
  const found = lanes.flatMap(({ name, declared, result }) => [
    ...FATAL.flatMap(({ kind, verdict, said }) =>
      of(result, kind).map((facts) => ({ verdict, code: kind, pair: name, ...facts, message: said(declared, facts.message) })),
    ),
    ...(lost > allowLoss
      ? of(result, 'lost').map((facts) => ({
          verdict: 'fail' as const,
          code: 'lost',
          pair: name,
          ...facts,
          message: `${facts.message}; longest gap ${Math.round(result.longestGapMs)} ms`,
        }))
      : []),
    ...(result.asked === 0 ? [{ verdict: 'inconclusive' as const, code: 'not-asked', pair: name, message: 'it was never asked' }] : []),
  ])
  const unknown = blind.map(({ kind, text, at, end }): Finding => ({ verdict: 'inconclusive', code: kind, message: text, at, end }))
  return [...found, ...unknown].toSorted((a, b) => rank(a) - rank(b))
}

/** The verdict of a whole upgrade: its runs, its continuous part, and whether it came to its end. Pure. */
export function upgradeVerdict({ runs, causes, continuous, allowLoss }: UpgradeResult): Verdict {
  return worstVerdict([
    ...runs.map(({ result }) => result.verdict),
    ...(continuous ? findingsOf(continuous, allowLoss).map(({ verdict }) => verdict) : []),
    ...causes.map(causeVerdict),
  ])
}

/** A mesh that was red before is no fault of ours: what it is, its own run says. */
function causeVerdict({ code }: Cause): Verdict {
  return code === 'before-not-green' ? 'pass' : 'inconclusive'
}

const FATAL = [
  { kind: 'opened', verdict: 'fail', said: (declared: string, what: string) => `declared ${declared}, and it was served: ${what}` },
  { kind: 'plain', verdict: 'fail', said: (_: string, what: string) => `plain text where mutual TLS stands: ${what}` },
  { kind: 'decider', verdict: 'fail', said: (declared: string, what: string) => `declared ${declared}, refused by another: ${what}` },
  {
    kind: 'unexplained',
    verdict: 'inconclusive',
    said: (declared: string, what: string) => `declared ${declared}, refused and nobody says why: ${what}`,
  },
] as const

const ORDER = ['opened', 'plain', 'decider', 'lost', 'unexplained']

function rank({ code }: Finding): number {
  const at = ORDER.indexOf(code)
  return at < 0 ? ORDER.length : at
}

function of({ counts, deviations, windows }: LaneResult, kind: Deviation['kind']): { message: string; at?: number; end?: number }[] {
  const count = counts[kind] ?? 0
  if (count === 0) return []
  const own = deviations.filter((deviation) => deviation.kind === kind)
  const window = windows[kind]
  const reasons = [...new Set(own.map(({ seen, reason }) => [seen, reason].filter(Boolean).join(': ')))]
  const more = reasons.length > 3 ? `; and ${reasons.length - 3} other reasons` : ''
  const message = `${count} ${count === 1 ? 'question' : 'questions'}: ${reasons.slice(0, 3).join('; ')}${more}`
  return [{ message, ...(window ? { at: window[0], end: window[1] } : {}) }]
}
