import type { Application, WorldNamespace } from './model.ts'
import { type Problem, partOfWord, problemAt, type Word } from './problem.ts'
import { suggest } from './suggest.ts'

interface NamedWorkload {
  /** Where it is named. */
  readonly word: Word
  readonly app: string
  readonly namespace: string
  /** Services by the app that brings them, where the name may be a service's: one may have several workloads (`reviews-v1`). */
  readonly services?: Readonly<Record<string, readonly string[]>> | undefined
}

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Pod']

/** Whether `app.namespace` is in the world, or is brought by the scenario itself. `inForce` is undefined where it is not known whole. */
export function lintWorkload(
  world: readonly WorldNamespace[],
  inForce: readonly Application[] | undefined,
  { word, app, namespace, services = {} }: NamedWorkload,
): Problem[] {
  const place = partOfWord(word, `${app}.${namespace}`)
  const home = world.find(({ name }) => name === namespace)
  if (!home) {
    const next = suggest(
      namespace,
      world.map(({ name }) => name),
    )
    const message = `the world has no namespace \`${namespace}\``
    return [problemAt(place, { code: 'unknown-namespace', message, ...(next ? { next } : {}) })]
  }
  // A scenario may bring its own workloads.
  const own = (inForce ?? []).filter(({ key }) => key.namespace === namespace && WORKLOADS.includes(key.kind))
  const apps = [...home.apps, ...own.map(({ key }) => key.name)]
  const names = [...apps, ...home.apps.flatMap((one) => services[one] ?? [])]
  if (names.includes(app)) return []
  const next = suggest(app, names) ?? `add it: \`${namespace}: { …, apps: [${[...home.apps, app].join(', ')}] }\``
  return [problemAt(place, { code: 'missing-app', message: `\`${namespace}\` has no app \`${app}\``, next })]
}
