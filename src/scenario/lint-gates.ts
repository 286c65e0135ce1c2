import type { Path } from './document.ts'
import type { Draft, Surroundings } from './draft.ts'
import { GATED, type Gate } from './model.ts'
import { type Problem, problemAt } from './problem.ts'
import { inVersionRange } from './version-range.ts'

/** Version gates: is there a version for which all that stand over a cell hold? */
export function lintGates({ document, scenario, steps }: Draft, { lines = [] }: Surroundings): Problem[] {
  if (lines.length === 0) return []
  const parts: { readonly path: Path; readonly gates: readonly Gate[] }[] = [
    { path: [], gates: scenario.when ?? [] },
    ...steps.flatMap(({ path, step, cells }) => [
      { path, gates: step.when ?? [] },
      ...cells.map(({ cell, item }) => ({ path: item, gates: cell.when ?? [] })),
    ]),
  ]
  return parts.flatMap(({ path, gates }) =>
    GATED.flatMap((of) => {
      const own = gates.filter((gate) => gate.of === of)
      const last = own.at(-1)
      // Where it is not written, its owner's is complained of.
      if (!last || !document.has([...path, 'when', of])) return []
      if (lines.some((line) => own.every(({ range }) => inVersionRange(range, line)))) return []
      const over =
        own.length > 1
          ? `, together with ${own
              .slice(0, -1)
              .map(({ range }) => `\`${range}\``)
              .join(', ')} above it,`
          : ''
      const message = `\`${last.range}\`${over} holds for no version that is pinned, so that this is never asked`
      const next = `pinned in kind/versions.yaml: ${lines.join(', ')}`
      return [problemAt(document.place([...path, 'when', of]), { code: 'gate-never', message, next })]
    }),
  )
}
