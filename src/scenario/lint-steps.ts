import type { Draft } from './draft.ts'
import { formatKey } from './format.ts'
import { sameKey } from './in-force.ts'
import type { ObjectKey } from './model.ts'
import { type Problem, problemAt } from './problem.ts'
import type { DraftStep } from './read-step.ts'
import { suggest } from './suggest.ts'

/** Where mesh-wide policies stand. */
const ROOT_NAMESPACE = 'istio-system'

/** The steps as steps: does each change what can be changed, and does something look at it? */
export function lintSteps(draft: Draft): Problem[] {
  const { document } = draft
  const steps = document.at(['steps'])
  if (Array.isArray(steps) && steps.length === 0) {
    return [problemAt(document.place(['steps']), { code: 'no-steps', message: 'a scenario without steps proves nothing' })]
  }
  return draft.steps.flatMap((step) => [
    ...lintExpect(draft, step),
    ...lintWarns(draft, step),
    ...lintNamespaces(draft, step),
    ...lintRepeats(draft, step),
  ])
}

function lintExpect({ document }: Draft, { path, step, cells, broken }: DraftStep): Problem[] {
  const expect = document.at([...path, 'expect'])
  if (expect === undefined || (Array.isArray(expect) && expect.length === 0)) {
    const place = document.has([...path, 'expect']) ? document.keyPlace([...path, 'expect']) : document.keyPlace([...path, 'step'])
    return [problemAt(place, { code: 'no-expect', message: 'a step without `expect` proves nothing', next: 'say who must reach whom' })]
  }
  if (broken.cells || cells.length > 0) return []
  const changes = step.applies.length + step.deletes.length > 0 || step.mesh !== undefined || step.scales !== undefined
  const message = changes ? 'this step changes policy, and no cell looks at it' : 'no cell of this step asks anything'
  return [problemAt(document.keyPlace([...path, 'expect']), { code: 'no-cell', message })]
}

function lintWarns({ document }: Draft, { path, step }: DraftStep): Problem[] {
  if (step.warns.length === 0 || document.has([...path, 'apply'])) return []
  return [
    problemAt(document.keyPlace([...path, 'warns']), { code: 'warns-nothing', message: 'nothing is applied here that could be warned of' }),
  ]
}

function lintNamespaces({ document, scenario }: Draft, { path, step, applied }: DraftStep): Problem[] {
  const known = [...scenario.world.map(({ name }) => name), ROOT_NAMESPACE]
  return step.applies.flatMap(({ key }, index) => {
    if (known.includes(key.namespace)) return []
    const place = document.place([...path, 'apply', applied[index] ?? 0, 'metadata', 'namespace'])
    const message = `\`${key.namespace}\` is neither a namespace of this world nor ${ROOT_NAMESPACE}`
    const next = suggest(key.namespace, known) ?? `known here: ${known.join(', ')}`
    return [problemAt(place, { code: 'unknown-namespace', message, next })]
  })
}

function lintRepeats({ document }: Draft, { path, step, applied, deleted }: DraftStep): Problem[] {
  const applies = repeatsOf(step.applies.map(({ key }) => key)).map(({ key, index }) =>
    problemAt(document.keyPlace([...path, 'apply', applied[index] ?? 0]), {
      code: 'changed-twice',
      message: `${formatKey(key)} is applied twice in this step`,
      next: 'only the last would count: make two steps of it',
    }),
  )
  const deletes = repeatsOf(step.deletes.map(({ key }) => key)).map(({ key, index }) =>
    problemAt(document.place([...path, 'delete', deleted[index] ?? 0]), {
      code: 'changed-twice',
      message: `${formatKey(key)} is deleted twice in this step`,
    }),
  )
  return [...applies, ...deletes]
}

function repeatsOf(keys: readonly ObjectKey[]): { key: ObjectKey; index: number }[] {
  return keys.map((key, index) => ({ key, index })).filter(({ key, index }) => keys.findIndex((other) => sameKey(other, key)) < index)
}
