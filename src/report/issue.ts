import { EXIT, type ExitCode } from '../error.ts'
import type { Comparison } from './diff.ts'
import { diffMarkdown } from './diff-markdown.ts'
import { markdownTable } from './markdown-text.ts'
import type { RunRecord } from './record-schema.ts'
import { summaryMarkdown } from './summary.ts'

/** One run of a nightly job. */
export interface Night {
  /** The Istio line, `1.31`. */
  readonly line: string
  /** The worst of the run's and its comparison's. */
  readonly exit: ExitCode
  readonly record?: RunRecord | undefined
  /** With the night before; absent where there was none. */
  readonly comparison?: Comparison | undefined
  /** Why there is no record or no comparison. */
  readonly problem?: string | undefined
}

/** GitHub takes 65 536 characters in an issue. Bytes are never fewer. */
const ISSUE_BYTES = 65_000

/**
 * What a red night has to say, ready to be the text of an issue whose title is its first line: the lines with their verdicts, then for
 * each red one what changed since the night before, what is red, and how to see it again. Pure.
 */
export function issueMarkdown(nights: readonly Night[]): string {
  const red = nights.filter(({ exit }) => exit !== EXIT.conformant)
  const title = red.map(({ line, exit }) => `Istio ${line} ${VERDICTS[exit]}`).join(', ')
  const rows = nights.map(({ line, exit, record }) => [line, VERDICTS[exit], record ? `\`${record.id}\`` : 'no record'])
  const head = `# meshproof: ${title}\n\n${markdownTable(['Istio', 'verdict', 'run'], rows)}\n`
  const room = Math.floor((ISSUE_BYTES - Buffer.byteLength(head)) / Math.max(1, red.length))
  return head + red.map((night) => nightPart(night, room)).join('')
}

const VERDICTS: Readonly<Record<ExitCode, string>> = {
  [EXIT.conformant]: 'conformant',
  [EXIT.notConformant]: 'not conformant',
  [EXIT.usage]: 'could not be run',
  [EXIT.inconclusive]: 'inconclusive',
  [EXIT.interrupted]: 'interrupted',
}

function nightPart({ line, record, comparison, problem }: Night, room: number): string {
  const again = againText(line, record)
  const head = `\n# Istio ${line}\n${problem === undefined ? '' : `\n~~~~\n${problem}\n~~~~\n`}`
  const used = Buffer.byteLength(head) + Buffer.byteLength(again) + 2
  // What changed tells most, and is short but on the worst of nights.
  const changes = comparison ? `\n${diffMarkdown(comparison, { limit: Math.floor((room - used) / 2) })}` : ''
  const rest = room - used - Buffer.byteLength(changes)
  return `${head}${changes}${record ? `\n${summaryMarkdown(record, { limit: rest })}` : ''}${again}`
}

function againText(line: string, record: RunRecord | undefined): string {
  const red = record?.scenarios.filter(({ verdict }) => verdict !== 'pass') ?? []
  const files = red.length === record?.scenarios.length ? [] : red.map(({ where }) => where.file)
  const images = record?.mesh && record.mesh.imageSource !== 'foreign' ? ` --images ${record.mesh.imageSource}` : ''
  const command = ['npx meshproof run --istio', `${line}${images}`, ...files].join(' ')
  return `\nTo see it again:\n\n\`\`\`sh\n${command}\n\`\`\`\n`
}
