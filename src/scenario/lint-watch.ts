import { formatDeclared } from './format.ts'
import { lintDecider } from './lint-decider.ts'
import type { Application, WorldNamespace } from './model.ts'
import { type Problem, partOfWord, problemAt } from './problem.ts'
import type { DraftCell } from './read-expect.ts'

interface WatchedCell {
  readonly cell: DraftCell
  readonly inForce: readonly Application[] | undefined
  readonly world: readonly WorldNamespace[]
}

/** Whether what a watched cell turns to can be, and is something else. */
export function lintWatch({ cell, inForce, world }: WatchedCell): Problem[] {
  const { watch, declared } = cell.cell
  const { turn } = cell
  if (!watch?.turn || !turn) return []
  const { to } = watch.turn
  if (formatDeclared(to) === formatDeclared(declared)) {
    const message = `\`${formatDeclared(to)}\` is what the cell declares from the beginning`
    return [problemAt(turn, { code: 'no-turn', message, next: 'leave out `turns`' })]
  }
  if (to.wire && !declared.wire) {
    const message = `\`${to.wire}\` is looked for only where \`is\` declares a wire too`
    return [
      problemAt(partOfWord(turn, to.wire), { code: 'no-capture', message, next: `add a wire to \`is\`, or leave \`${to.wire}\` out` }),
    ]
  }
  return lintDecider({ cell: { ...cell, cell: { ...cell.cell, declared: to }, declaration: turn }, inForce, world })
}
