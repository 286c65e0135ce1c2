import { EXIT, type ExitCode } from '../error.ts'
import type { RunResult, Verdict } from '../run/result.ts'

const EXITS = { pass: EXIT.conformant, fail: EXIT.notConformant, inconclusive: EXIT.inconclusive } as const satisfies Record<
  Verdict,
  ExitCode
>

/** What a process ends with after this run. */
export function verdictExit({ verdict, interrupted }: Pick<RunResult, 'verdict' | 'interrupted'>): ExitCode {
  return interrupted ? EXIT.interrupted : EXITS[verdict]
}
