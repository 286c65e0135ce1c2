import type { Change, Comparison, RunFacts } from './diff.ts'
import { CHANGE_KINDS, changeText } from './diff-words.ts'
import { plural } from './duration.ts'
import type { Look } from './look.ts'

/** A comparison as lines of text: the two runs, each kind of change with its cells, and a closing line of counts. */
export function diffLines(comparison: Comparison, look: Look): string[] {
  const runs = [runLine('before', comparison.before, look), runLine('after', comparison.after, look), '']
  if (comparison.kind === 'not-comparable') {
    return [...runs, look.paint('inconclusive', `${look.glyph.inconclusive} not comparable: ${comparison.reason}`)]
  }
  const { changes, same } = comparison
  const kinds = CHANGE_KINDS.flatMap(({ kind, title, sign }) => {
    const own = changes.filter((change) => change.kind === kind)
    if (own.length === 0) return []
    return [look.paint(sign, `${look.glyph[sign]} ${own.length} ${title}`), ...own.flatMap(changeLines), '']
  })
  const counts = CHANGE_KINDS.map(({ kind, title }) => `${changes.filter((change) => change.kind === kind).length} ${title}`)
  return [
    ...runs,
    ...kinds,
    `${counts
      .filter((text) => !text.startsWith('0 '))
      .concat(`${plural(same, 'cell')} unchanged`)
      .join(', ')}`,
  ]
}

function runLine(label: string, { id, mesh, cells }: RunFacts, look: Look): string {
  const what = mesh ? `Istio ${mesh.istio}, image source ${mesh.imageSource}, proxy ${mesh.proxyBuild}` : 'no mesh'
  const counts = `${cells.pass} passed, ${cells.fail} failed, ${cells.inconclusive} inconclusive`
  return `${label.padEnd(6)} ${id} ${look.dim(`${what}; ${counts}`)}`
}

function changeLines(change: Change): string[] {
  const { where, scenario, step, name } = change
  const place = where ? `${where.file}:${where.line}` : scenario
  const path = [place, step, name].filter((part) => part !== undefined && part !== '')
  return [`    ${path.join(' · ')}`, `      ${changeText(change)}`]
}
