import { createInterface } from 'node:readline/promises'
import { MeshproofError } from '../../error.ts'
import type { Progress } from '../types.ts'

/** How the caller wants changes to this machine to be handled. */
export interface Permission {
  /** `false` for `--no-install`: change nothing, say what to do. */
  readonly install: boolean
  /** `true` for `--yes`: never ask. */
  readonly yes: boolean
  readonly signal: AbortSignal
  readonly progress: Progress
}

interface Undertaking extends Permission {
  /** What is about to be done, with its time and its disk space. */
  readonly what: string
  /** Commands that do the same by hand. */
  readonly byHand: string
}

/**
 * Announces something that takes time and disk, and on a terminal asks first.
 * Nobody can answer in a pipe or a CI job: there it is announced and done.
 * @throws MeshproofError `declined` when the answer is no.
 */
export async function askConsent({ what, byHand, yes, signal, progress }: Undertaking): Promise<void> {
  progress({ kind: 'note', text: what })
  if (yes || !process.stdin.isTTY || !process.stderr.isTTY || process.env['CI']) return
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question('Go on? [Y/n] ', { signal })
    if (/^\s*(y|yes)?\s*$/i.test(answer)) return
  } finally {
    terminal.close()
  }
  throw new MeshproofError({ code: 'declined', message: `Not done, as asked: ${what}`, next: byHand })
}
