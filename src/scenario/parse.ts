import { basename } from 'node:path'
import type { Path } from './document.ts'
import { SourceDocument } from './document.ts'
import { DEFAULT_SURROUNDINGS, type Draft, type Surroundings } from './draft.ts'
import { readFields } from './fields.ts'
import { afterStep } from './in-force.ts'
import { lintScenario } from './lint.ts'
import { type Application, DEFAULT_BOUNDS, type Scenario, type WorldNamespace } from './model.ts'
import type { PolicyName } from './names.ts'
import { distinctProblems, type Problem, sortProblems } from './problem.ts'
import { readBounds } from './read-bounds.ts'
import { readGates } from './read-gates.ts'
import { type DraftStep, readStep } from './read-step.ts'
import { readTokens } from './read-token.ts'
import { scenarioSchema, worldEntrySchema } from './schema.ts'

export interface ParsedScenario {
  /** Set exactly when no problem is an error. */
  readonly scenario?: Scenario
  readonly problems: readonly Problem[]
}

/**
 * A scenario file's text becomes a checked Scenario. Pure: reads no file.
 * All problems come at once, in the file's order; only what depends on a broken part is left unchecked.
 * @param file path as messages name it
 */
export function parseScenario(file: string, text: string, surroundings: Surroundings = DEFAULT_SURROUNDINGS): ParsedScenario {
  const document = new SourceDocument(file, text)
  if (!document.readable) return { problems: sortProblems(document.problems) }
  const { draft, problems: readProblems } = readScenario(document)
  const problems = sortProblems(distinctProblems([...document.problems, ...readProblems, ...lintScenario(draft, surroundings)]))
  return problems.some(({ severity }) => severity === 'error') ? { problems } : { scenario: draft.scenario, problems }
}

/** The file's name without its ending. */
export function scenarioId(file: string): string {
  return basename(file).replace(/\.ya?ml$/, '')
}

function readScenario(document: SourceDocument): { draft: Draft; problems: Problem[] } {
  const { fields, problems } = readFields(scenarioSchema, document, [], document.at([]))
  const bounds = readBounds(fields.bounds, DEFAULT_BOUNDS)
  const gates = readGates({ document, path: [], raw: fields.when, inherited: [] })
  const world = Object.keys(fields.world ?? {}).map((name) => readNamespace(document, name))
  const policies = findPolicies(document)
  const { tokens, problems: tokenProblems } = readTokens(document, scenarioId(document.file))
  const steps: (DraftStep & { problems: readonly Problem[] })[] = []
  let before: readonly Application[] = []
  for (const index of (fields.steps ?? []).keys()) {
    const step = readStep({ document, index, bounds, gates, policies, tokens, before })
    before = afterStep(before, step.step)
    steps.push(step)
  }
  const scenario: Scenario = {
    id: scenarioId(document.file),
    title: fields.scenario ?? '',
    story: fields.story ?? '',
    ...(fields.reference === undefined ? {} : { reference: fields.reference }),
    tags: fields.tags ?? [],
    world: world.map(({ namespace }) => namespace),
    bounds,
    ...(gates.length === 0 ? {} : { when: gates }),
    steps: steps.map(({ step }) => step),
    where: document.keyPlace(['scenario']).where,
    source: document.text,
  }
  return {
    draft: { document, scenario, steps },
    problems: [...problems, ...tokenProblems, ...[...world, ...steps].flatMap((reading) => reading.problems)],
  }
}

function readNamespace(document: SourceDocument, name: string): { namespace: WorldNamespace; problems: readonly Problem[] } {
  const path = ['world', name]
  const { fields, problems } = readFields(worldEntrySchema, document, path, document.at(path))
  return { namespace: { name, mesh: fields.mesh ?? false, apps: fields.apps ?? [], where: document.keyPlace(path).where }, problems }
}

/** Names are resolved against all steps, so that a name means the same policy wherever it stands. */
function findPolicies(document: SourceDocument): PolicyName[] {
  const found = new Map<string, PolicyName>()
  const steps = document.at(['steps'])
  for (const step of Array.isArray(steps) ? steps.keys() : []) {
    const path: Path = ['steps', step, 'apply']
    const applies = document.at(path)
    for (const index of Array.isArray(applies) ? applies.keys() : []) {
      if (document.at([...path, index, 'kind']) !== 'AuthorizationPolicy') continue
      const name = document.at([...path, index, 'metadata', 'name'])
      const namespace = document.at([...path, index, 'metadata', 'namespace'])
      if (typeof name === 'string' && typeof namespace === 'string') found.set(`${name}.${namespace}`, { name, namespace })
    }
  }
  return [...found.values()]
}
