import type { ExitCode } from '../error.ts'
import { compareRecords, comparisonExit } from '../report/diff.ts'
import { diffMarkdown } from '../report/diff-markdown.ts'
import { diffLines } from '../report/diff-text.ts'
import { createLook, showsUnicode } from '../report/look.ts'
import { findRecord, readRecord } from '../report/record.ts'
import { streamLook } from '../report/reporters.ts'

interface DiffCommand {
  /** Ratio from which a cell counts as slower to enforce. */
  readonly slower: number
  readonly markdown: boolean
}

/** `meshproof diff`: what differs between two records, the earlier one first. Ends with 1 on a regression, 3 when they are not comparable. */
export async function diffCommand(earlier: string, later: string, { slower, markdown }: DiffCommand): Promise<ExitCode> {
  const before = await readRecord(findRecord(earlier))
  const comparison = compareRecords(before, await readRecord(findRecord(later)), { slowerRatio: slower })
  const { stdout: stream, env } = process
  const look = createLook({ colour: streamLook({ stream, env }).colour, unicode: showsUnicode(env) })
  stream.write(markdown ? diffMarkdown(comparison) : `${look.text(diffLines(comparison, look).join('\n'))}\n`)
  return comparisonExit(comparison)
}
