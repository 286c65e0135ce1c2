import type { Draft, Surroundings } from './draft.ts'
import type { Destination, Source, WorldNamespace } from './model.ts'
import { type Complaint, type Problem, problemAt } from './problem.ts'
import { suggest } from './suggest.ts'

/** The namespaces and their apps: can they be made, and does anything use them? */
export function lintWorld(draft: Draft, surroundings: Surroundings): Problem[] {
  return draft.scenario.world.flatMap((namespace) => [
    ...lintName(draft, namespace),
    ...lintApps(draft, namespace, surroundings),
    ...lintUse(draft, namespace, surroundings),
  ])
}

function lintName({ document }: Draft, { name }: WorldNamespace): Problem[] {
  if (/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) return []
  const complaint = {
    code: 'bad-namespace',
    message: `\`${name}\` cannot be the name of a namespace`,
    next: 'lower-case letters, digits and dashes',
  }
  return [problemAt(document.keyPlace(['world', name]), complaint)]
}

function lintApps({ document }: Draft, { name, apps }: WorldNamespace, surroundings: Surroundings): Problem[] {
  return apps.flatMap((app, index) => {
    const place = document.place(['world', name, 'apps', index])
    if (apps.indexOf(app) < index) return [problemAt(place, { code: 'duplicate-app', message: `\`${app}\` is there twice` })]
    if (surroundings.apps.includes(app)) return []
    const next = suggest(app, surroundings.apps) ?? `kind/apps has ${surroundings.apps.join(', ')}`
    return [problemAt(place, { code: 'unknown-app', message: `there is no app \`${app}\` in kind/apps`, next })]
  })
}

function lintUse(draft: Draft, { name, apps }: WorldNamespace, { services }: Surroundings): Problem[] {
  // What could not be read may be what uses them.
  if (draft.steps.length === 0 || draft.steps.some(({ broken }) => broken.cells || broken.changes)) return []
  const { document } = draft
  const unused = (message: string): Complaint => ({ severity: 'warning', code: 'unused', message, next: 'leave it out' })
  if (!isUsed(draft, name))
    return [problemAt(document.keyPlace(['world', name]), unused(`no cell and no manifest uses the namespace \`${name}\``))]
  return apps.flatMap((app, index) => {
    const place = document.place(['world', name, 'apps', index])
    return isUsed(draft, name, [app, ...(services[app] ?? [])])
      ? []
      : [problemAt(place, unused(`no cell and no manifest uses \`${app}.${name}\``))]
  })
}

/**
 * A workload is used under its own name and those of its services, also by what names it, a manifest or the mesh's configuration:
 * the authorizer behind a policy is asked by no cell. Without names the namespace itself is meant.
 */
function isUsed({ scenario }: Draft, namespace: string, names?: readonly string[]): boolean {
  const isMeant = (end: { app: string; namespace: string }) => end.namespace === namespace && names?.includes(end.app) !== false
  const named = (value: unknown) => {
    const text = JSON.stringify(value ?? '')
    return names?.some((name) => new RegExp(`(?<![-a-z0-9])${name}(?![-a-z0-9])`).test(text)) === true
  }
  return scenario.steps.some(
    ({ cells, logs, applies, mesh }) =>
      cells.some(({ from, to, through = [] }) => [...endsOf(from, to), ...through].some(isMeant)) ||
      logs?.some(({ from }) => isMeant(from)) ||
      applies.some(({ key, manifest }) => (names ? named(manifest) : key.namespace === namespace)) ||
      named(mesh),
  )
}

function endsOf(from: Source, to: Destination): { app: string; namespace: string }[] {
  if (to.kind === 'url') return [from]
  return [from, to.kind === 'gateway' ? to.behind : to]
}
