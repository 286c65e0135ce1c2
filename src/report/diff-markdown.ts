import type { Change, Comparison, RunFacts } from './diff.ts'
import { CHANGE_KINDS, changeText } from './diff-words.ts'
import { plural } from './duration.ts'
import { escapeMarkdown, fitParts, markdownTable } from './markdown-text.ts'

interface DiffMarkdownOptions {
  /** Bytes of UTF-8; what matters least is left out beyond them. */
  readonly limit?: number
}

/** A comparison as Markdown: the two runs, the counts, then each kind of change, worst first. Pure. */
export function diffMarkdown(comparison: Comparison, { limit = Number.POSITIVE_INFINITY }: DiffMarkdownOptions = {}): string {
  const { before, after } = comparison
  const runs = `${markdownTable(
    ['', 'run', 'Istio', 'image source', 'proxy', 'passed', 'failed', 'inconclusive'],
    [runRow('before', before), runRow('after', after)],
  )}\n`
  if (comparison.kind === 'not-comparable') return `## ❔ not comparable\n\n${escapeMarkdown(comparison.reason)}\n\n${runs}`
  const { changes, same } = comparison
  const kinds = CHANGE_KINDS.map((kind) => ({ ...kind, own: changes.filter((change) => change.kind === kind.kind) })).filter(
    ({ own }) => own.length > 0,
  )
  const counts = [...kinds.map(({ own, title }) => `${own.length} ${title}`), `${plural(same, 'cell')} unchanged`].join(', ')
  const worst = ['fail', 'inconclusive'].find((sign) => kinds.some((kind) => kind.sign === sign)) ?? 'pass'
  const parts = [
    `## ${SIGNS[worst as keyof typeof SIGNS]} ${counts}\n\n${runs}`,
    ...kinds.flatMap(({ own, title, sign }) => [`\n### ${SIGNS[sign]} ${own.length} ${title}\n\n`, ...own.map(changePart)]),
  ]
  return fitParts(parts, limit, (count) => `\n_${plural(count, 'part')} of this comparison left out for its size._\n`)
}

const SIGNS = { pass: '✅', fail: '❌', inconclusive: '❔' } as const

function runRow(label: string, { id, mesh, cells }: RunFacts): string[] {
  const facts = mesh ? [mesh.istio, mesh.imageSource, mesh.proxyBuild].map(escapeMarkdown) : ['no mesh', '', '']
  return [label, `\`${id}\``, ...facts, ...[cells.pass, cells.fail, cells.inconclusive].map(String)]
}

function changePart(change: Change): string {
  const { where, step, name } = change
  const place = where ? [`\`${where.file}:${where.line}\``] : []
  return `- ${[...place, ...(step ? [escapeMarkdown(step)] : []), escapeMarkdown(name)].join(' · ')}: ${escapeMarkdown(changeText(change))}\n`
}
