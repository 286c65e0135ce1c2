import type { Draft, Surroundings } from './draft.ts'
import type { WorldNamespace } from './model.ts'
import { type Complaint, type Problem, problemAt } from './problem.ts'
import { suggest } from './suggest.ts'

/** The namespaces and their apps: can they be made, and does anything use them? */
export function lintWorld(draft: Draft, surroundings: Surroundings): Problem[] {
  return draft.scenario.world.flatMap((namespace) => [
    ...lintName(draft, namespace),
    ...lintApps(draft, namespace, surroundings),
    ...lintUse(draft, namespace),
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

function lintUse(draft: Draft, { name, apps }: WorldNamespace): Problem[] {
  // What could not be read may be what uses them.
  if (draft.steps.length === 0 || draft.steps.some(({ broken }) => broken.cells || broken.changes)) return []
  const { document } = draft
  const unused = (message: string): Complaint => ({ severity: 'warning', code: 'unused', message, next: 'leave it out' })
  if (!isUsed(draft, name))
    return [problemAt(document.keyPlace(['world', name]), unused(`no cell and no manifest uses the namespace \`${name}\``))]
  return apps.flatMap((app, index) => {
    const place = document.place(['world', name, 'apps', index])
    return isUsed(draft, name, app) ? [] : [problemAt(place, unused(`no cell and no manifest uses \`${app}.${name}\``))]
  })
}

/** An app is also used by what names it, a manifest or the mesh's configuration: the authorizer behind a policy is asked by no cell. */
function isUsed({ scenario }: Draft, namespace: string, app?: string): boolean {
  const names = (value: unknown) => new RegExp(`(?<![-a-z0-9])${app}(?![-a-z0-9])`).test(JSON.stringify(value ?? ''))
  return scenario.steps.some(
    (step) =>
      step.cells.some(({ from, to }) =>
        [from, to].some((end) => 'app' in end && end.namespace === namespace && (app === undefined || end.app === app)),
      ) ||
      step.applies.some(({ key, manifest }) => (app === undefined ? key.namespace === namespace : names(manifest))) ||
      (app !== undefined && names(step.mesh)),
  )
}
