import type { Path } from './document.ts'
import type { Draft } from './draft.ts'
import { formatKey } from './format.ts'
import { afterStep, sameKey } from './in-force.ts'
import { lintWorkload } from './lint-workload.ts'
import type { Application, ObjectKey } from './model.ts'
import { type Problem, problemAt } from './problem.ts'

/** Workloads that a step scales or waits for: are they there, and is each scaled once? */
export function lintScales({ document, scenario, steps }: Draft): Problem[] {
  let inForce: readonly Application[] = []
  let known = true
  return steps.flatMap(({ path, step, scaled, waited, broken }) => {
    inForce = afterStep(inForce, step)
    known &&= !broken.changes
    const there = known ? inForce : undefined
    const missing = (key: ObjectKey, at: Path) => {
      const word = { ...document.place(at), text: `${key.kind}/${key.name}.${key.namespace}` }
      return lintWorkload(scenario.world, there, { word, app: key.name, namespace: key.namespace })
    }
    const scales = step.scales ?? []
    return [
      ...scales.flatMap(({ key }, index) => {
        const at = [...path, 'scale', scaled[index] ?? 0, 'workload']
        const twice = scales.slice(0, index).some((other) => sameKey(other.key, key))
        if (!twice) return missing(key, at)
        const message = `${formatKey(key)} is scaled twice in this step`
        return [problemAt(document.place(at), { code: 'changed-twice', message, next: 'only the last would count: make two steps of it' })]
      }),
      ...(step.waits ?? []).flatMap(({ key }, index) => missing(key, [...path, 'waits', waited[index] ?? 0])),
    ]
  })
}
