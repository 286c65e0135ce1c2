import type { Draft } from './draft.ts'
import { afterStep } from './in-force.ts'
import { lintWorkload } from './lint-workload.ts'
import type { Application } from './model.ts'
import { type Problem, partOfWord, problemAt, type Word } from './problem.ts'

/** Whether what must write a line is there, and can. */
export function lintLogs({ document, scenario, steps }: Draft): Problem[] {
  const { world } = scenario
  let inForce: readonly Application[] = []
  let known = true
  return steps.flatMap(({ path, step, logged, broken }) => {
    inForce = afterStep(inForce, step)
    known &&= !broken.changes
    const there = known ? inForce : undefined
    return (step.logs ?? []).flatMap(({ from }, index) => {
      const place = document.place([...path, 'logs', logged[index] ?? 0, 'from'])
      const word: Word = { ...place, text: from.text }
      const missing = lintWorkload(world, there, { word, ...from })
      const plain = world.some(({ name, mesh }) => name === from.namespace && !mesh)
      if (missing.length > 0 || from.container !== 'istio-proxy' || !plain) return missing
      const message = `the namespace \`${from.namespace}\` is not in the mesh: its pods have no proxy`
      return [
        problemAt(partOfWord(word, '/istio-proxy'), { code: 'bad-container', message, next: `write \`${from.app}.${from.namespace}\`` }),
      ]
    })
  })
}
