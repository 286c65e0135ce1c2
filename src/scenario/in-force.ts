import type { Application, ObjectKey, Step } from './model.ts'

/** The objects that are in force once a step's changes are made to those before it; a refused one never is. */
export function afterStep(before: readonly Application[], step: Pick<Step, 'deletes' | 'applies'>): readonly Application[] {
  const gone = [...step.deletes, ...step.applies].map(({ key }) => key)
  const kept = before.filter((object) => !gone.some((key) => sameKey(key, object.key)))
  return [...kept, ...step.applies.filter((application) => application.refused === undefined)]
}

export function sameKey(a: ObjectKey, b: ObjectKey): boolean {
  return a.group === b.group && a.kind === b.kind && a.name === b.name && a.namespace === b.namespace
}
