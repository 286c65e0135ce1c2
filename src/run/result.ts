import type { Mesh } from '../mesh/types.ts'
import type { Cell, Decider, Outcome, Scenario, Wire } from '../scenario/model.ts'

export type Verdict = 'pass' | 'fail' | 'inconclusive'

/** Why a cell is not a pass, or why nothing could be established. `code` is stable and searchable. */
export interface Cause {
  readonly code: string
  /** One sentence, without the cell's names. */
  readonly message: string
}

/** What one probe saw, with everything that was joined to it. */
export interface Seen {
  readonly outcome: Outcome
  readonly wire?: Wire | undefined
  readonly by?: Decider | undefined
  /** Texts of `sees` that were missing in the answer. */
  readonly missing?: readonly string[] | undefined
  /** Texts of `lacks` that were in the answer. */
  readonly unwanted?: readonly string[] | undefined
}

/** What became of an attempt. Only `counted` ones decide a cell. */
export type AttemptFate =
  | { readonly kind: 'counted' }
  /** Came over a server connection older than the change: kept and shown, never judged. */
  | { readonly kind: 'stale'; readonly reason: string }
  /** Established nothing: a timeout, a refused connect, a lost session, an unexplained refusal, a blind capture. */
  | { readonly kind: 'void'; readonly cause: Cause }

export interface Attempt {
  /** Starts at 1. */
  readonly n: number
  /** Unique in all runs; readable in the request, the log line and, in plain text, on the wire. */
  readonly token: string
  /** ISO time of the question. */
  readonly at: string
  /** From the question to its answer, milliseconds. */
  readonly ms: number
  /** What to run by hand to ask the same again. */
  readonly command: string
  /** The probing program's exit code in the pod. */
  readonly exitCode?: number | undefined
  readonly seen?: Seen | undefined
  readonly fate: AttemptFate
  /** First 2 000 characters of the answer's body, where it was read. */
  readonly body?: string | undefined
  /** The server proxy's log line, then the client proxy's. */
  readonly serverLog?: Readonly<Record<string, unknown>> | undefined
  readonly clientLog?: Readonly<Record<string, unknown>> | undefined
  /** What was read on the wire, one sentence: `TLS application data both ways, SNI outbound_.8000_._.…`. */
  readonly wireEvidence?: string | undefined
  /** Milliseconds since the step's last change was answered by the API server. */
  readonly sinceChangeMs: number
}

export interface CellResult {
  readonly cell: Cell
  readonly verdict: Verdict
  /** What the counted answers agree on. */
  readonly observed?: Seen | undefined
  /** Set exactly when the verdict is not `pass`. */
  readonly cause?: Cause | undefined
  readonly attempts: readonly Attempt[]
  /** From the first question of a watched cell to the first answer that was turned, milliseconds. */
  readonly turnedAfterMs?: number | undefined
  /** From the last change's acceptance to the first counted answer; only where the declaration differs from the step before. */
  readonly timeToEnforceMs?: number | undefined
}

/** How one object's change ended. */
export interface ChangeResult {
  /** `alter` and `restore` are of objects that are not the run's own. */
  readonly action: 'apply' | 'delete' | 'alter' | 'restore'
  /** `formatKey` of the object. */
  readonly object: string
  readonly yaml?: string | undefined
  readonly warnings: readonly string[]
  /** The webhook's message where a refusal was declared. */
  readonly refused?: string | undefined
}

/** What became of one of a step's `logs`. */
export interface LogResult {
  /** As written: `ext-authz.foo`. */
  readonly from: string
  readonly contains: readonly string[]
  /** Lines that were asked for at least, and those that came. */
  readonly times: number
  readonly seen: number
  /** The first of them, each cut to 600 characters. */
  readonly lines: readonly string[]
}

/** A cell that was not asked because it is not meant for these versions. */
interface LeftOut {
  readonly cell: Cell
  /** `only when istio >=1.31, and the server's proxy is 1.30`. */
  readonly reason: string
}

export interface StepResult {
  readonly index: number
  readonly title: string
  readonly verdict: Verdict
  readonly changes: readonly ChangeResult[]
  /** From the first change's request until every proxy ran it, milliseconds. */
  readonly settleMs: number
  /** Proxies whose configuration the step changed, `sleep-….foo`. Empty: settled with no proxy altered. */
  readonly altered: readonly string[]
  /** Slowest time-to-enforce of the step's cells. */
  readonly timeToEnforceMs?: number | undefined
  readonly cells: readonly CellResult[]
  /** Cells that version gates left out; where that is all of them, the step changed nothing either. */
  readonly leftOut?: readonly LeftOut[] | undefined
  /** Where the step looks at logs. */
  readonly logs?: readonly LogResult[] | undefined
  /** Problems of the step as a whole: a missing warning, a refused apply, not propagated. */
  readonly causes: readonly Cause[]
  readonly ms: number
}

export interface ScenarioResult {
  readonly scenario: Scenario
  readonly verdict: Verdict
  readonly steps: readonly StepResult[]
  /** Problems outside any step: a leak, a world that did not come up, the runner's own fault. */
  readonly causes: readonly Cause[]
  readonly ms: number
}

export interface RunResult {
  /** `20261124-093012-k3v9`. */
  readonly id: string
  readonly startedAt: string
  readonly ms: number
  readonly mesh?: Mesh | undefined
  readonly verdict: Verdict
  readonly interrupted: boolean
  readonly scenarios: readonly ScenarioResult[]
  /** Why the run as a whole established nothing (`up` failed). */
  readonly causes: readonly Cause[]
  readonly harness: Harness
}

/** What ran: a verdict is only as good as the program that gave it. */
export interface Harness {
  /** Version of meshproof, from its package.json. */
  readonly version: string
  /** Version of Node, with its `v`. */
  readonly node: string
  /** Highest resident memory of this process so far, bytes. */
  readonly peakRssBytes: number
}

/** Red before yellow before green: the verdict of a whole from its parts. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail'
  return verdicts.includes('inconclusive') ? 'inconclusive' : 'pass'
}
