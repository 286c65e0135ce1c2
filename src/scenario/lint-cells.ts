import type { Draft, Surroundings } from './draft.ts'
import { formatDeclared, identityOf } from './format.ts'
import { afterStep } from './in-force.ts'
import { lintDecider } from './lint-decider.ts'
import { lintForward } from './lint-forward.ts'
import { lintWatch } from './lint-watch.ts'
import { lintWorkload } from './lint-workload.ts'
import type { Application, Declared, WorldNamespace } from './model.ts'
import { type Problem, partOfWord, problemAt, type Word } from './problem.ts'
import type { DraftCell } from './read-expect.ts'
import { suggest } from './suggest.ts'

/** What a cell is checked against. */
interface CellContext {
  readonly draft: Draft
  readonly surroundings: Surroundings
  /** The objects that are in force when the cell is asked; undefined where some could not be read. */
  readonly inForce: readonly Application[] | undefined
  /** The cells of the step before; undefined in the first step. */
  readonly previous: readonly DraftCell[] | undefined
}

/** Each cell: can it be asked, can what it declares be seen, and is it asked once? */
export function lintCells(draft: Draft, surroundings: Surroundings): Problem[] {
  const problems: Problem[] = []
  let inForce: readonly Application[] = []
  let previous: readonly DraftCell[] | undefined
  let known = true
  for (const { step, cells, broken } of draft.steps) {
    inForce = afterStep(inForce, step)
    known &&= !broken.changes
    const context = { draft, surroundings, inForce: known ? inForce : undefined, previous }
    for (const cell of cells) {
      problems.push(...lintDestination(context, cell), ...lintThrough(context, cell), ...lintWithin(context, cell))
      if (cell.cell.from.kind === 'port-forward') problems.push(...lintForward(cell))
      else {
        problems.push(...lintSource(context, cell), ...lintWire(cell))
        const decided = { cell, inForce: context.inForce, world: draft.scenario.world }
        problems.push(...lintDecider(decided), ...lintWatch(decided))
      }
      problems.push(...lintTexts(cell))
    }
    problems.push(...lintTwins(cells))
    previous = cells
  }
  return problems
}

function lintSource(context: CellContext, { cell: { from }, source }: DraftCell): Problem[] {
  const missing = lintWorkload(context.draft.scenario.world, context.inForce, { word: source, ...from })
  if (missing.length > 0 || from.container === undefined) return missing
  const meshed = context.draft.scenario.world.some(({ name, mesh }) => name === from.namespace && mesh)
  if (from.container === 'istio-proxy' && meshed) return []
  const place = partOfWord(source, `/${from.container}`)
  if (meshed) {
    const message = 'only the container `istio-proxy` can be asked from by name'
    return [problemAt(place, { code: 'bad-container', message, next: `leave it out to ask from ${from.app}'s own` })]
  }
  const message = `the namespace \`${from.namespace}\` is not in the mesh: its pods have no other container`
  return [problemAt(place, { code: 'bad-container', message, next: `write \`${from.app}.${from.namespace}\`` })]
}

function lintDestination({ draft, inForce, surroundings }: CellContext, { cell: { to }, destination }: DraftCell): Problem[] {
  const { world } = draft.scenario
  if (to.kind === 'service' || to.kind === 'pod') {
    const services = to.kind === 'service' ? surroundings.services : {}
    return lintWorkload(world, inForce, { word: destination, services, ...to })
  }
  if (to.kind === 'url') return lintUrl(world, to.url, destination)
  const known = [...world.map(({ name }) => name), 'istio-system']
  if (!known.includes(to.namespace)) {
    const message = `there is no namespace \`${to.namespace}\` for a gateway in this world`
    return [complainWith(destination, { code: 'unknown-namespace', message, next: suggest(to.namespace, known) })]
  }
  return lintWorkload(world, inForce, { word: destination, services: surroundings.services, ...to.behind })
}

function lintThrough({ draft, inForce, surroundings }: CellContext, { cell: { through = [] }, through: words }: DraftCell): Problem[] {
  return through.flatMap((service, index) => {
    const word = words[index]
    return word ? lintWorkload(draft.scenario.world, inForce, { word, services: surroundings.services, ...service }) : []
  })
}

/** A server of the world has a proxy or a capture, whose word would be left out. */
function lintUrl(world: readonly WorldNamespace[], url: string, destination: Word): Problem[] {
  const [app = '', namespace = ''] = new URL(url).hostname.split('.')
  if (!world.some(({ name, apps }) => name === namespace && apps.includes(app))) return []
  const message = `\`${app}.${namespace}\` is an app of this world, whose proxy would not be asked about this`
  return [problemAt(destination, { code: 'url-to-app', message, next: `write \`${app}.${namespace}:port\`` })]
}

function lintWire({ cell: { to, declared }, declaration }: DraftCell): Problem[] {
  if (declared.wire === undefined || to.kind !== 'url') return []
  const message = `nothing captures at a URL, so \`${declared.wire}\` cannot be seen`
  return [problemAt(partOfWord(declaration, declared.wire), { code: 'no-capture', message, next: 'declare no wire here' })]
}

function lintTexts({ cell: { declared }, declaration }: DraftCell): Problem[] {
  const silent = declared.outcome === 'reset' || declared.outcome === 'tls-failed'
  if (!silent || (declared.sees.length === 0 && declared.lacks === undefined)) return []
  const message = `\`${declared.outcome}\` brings no answer that could contain or lack a text`
  const next = 'ask this in an item without `sees` and `lacks`'
  return [problemAt(partOfWord(declaration, declared.outcome), { code: 'no-answer', message, next })]
}

function lintWithin({ previous }: CellContext, { cell, within }: DraftCell): Problem[] {
  if (!within) return []
  const before = previous?.find((other) => identityOf(other.cell) === identityOf(cell))
  if (before && differs(before.cell.declared, cell.declared)) return []
  const message = before
    ? `the step before declares \`${formatDeclared(before.cell.declared)}\` too: there is no change to be timed`
    : 'the step before does not ask this: there is no change to be timed'
  return [problemAt(within, { code: 'nothing-to-time', message, next: 'leave out `enforced within`' })]
}

/** What one declaration leaves open is no difference: nothing would be seen to change. */
function differs(before: Declared, now: Declared): boolean {
  const by = (declared: Declared) => declared.by && JSON.stringify(declared.by)
  return (
    before.outcome !== now.outcome ||
    (before.wire !== undefined && now.wire !== undefined && before.wire !== now.wire) ||
    (before.by !== undefined && now.by !== undefined && by(before) !== by(now))
  )
}

function lintTwins(cells: readonly DraftCell[]): Problem[] {
  const first = new Map<string, DraftCell>()
  return cells.flatMap((draft) => {
    // What is declared for one version and for another is no repetition.
    const gates = (draft.cell.when ?? []).map(({ of, range }) => `${of} ${range}`)
    const identity = [identityOf(draft.cell), ...gates].join('\n')
    const twin = first.get(identity)
    if (!twin) {
      first.set(identity, draft)
      return []
    }
    const { line, column } = twin.declaration.where
    const message = `this step asks ${draft.cell.from.text} → ${draft.cell.to.text} the same at ${line}:${column}`
    return [problemAt(draft.declaration, { code: 'duplicate-cell', message, next: 'leave one of them out' })]
  })
}

function complainWith(word: Word, { code, message, next }: { code: string; message: string; next: string | undefined }): Problem {
  return problemAt(word, { code, message, ...(next ? { next } : {}) })
}
