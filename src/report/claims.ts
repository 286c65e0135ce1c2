import { parseDocument } from 'yaml'
import { z } from 'zod'
import { EXIT, MeshproofError } from '../error.ts'
import type { Scenario } from '../scenario/model.ts'

/** What a walk-through says that must come of what it does, and the step of a scenario that shows what does come of it. */
export interface Claim {
  /** In our own words. */
  readonly claim: string
  /** A scenario's id. */
  readonly scenario: string
  /** The step's title, to the letter. */
  readonly step: string
  /** What the mesh does instead, where the claim does not hold, or no longer. */
  readonly today?: string | undefined
}

export interface ClaimedDocument {
  readonly id: string
  readonly title: string
  readonly claims: readonly Claim[]
}

const text = z.string().trim().min(1)
const claimsSchema = z.strictObject({
  documents: z
    .array(
      z.strictObject({
        id: text,
        title: text,
        claims: z.array(z.strictObject({ claim: text, scenario: text, step: text, today: text.optional() })).min(1),
      }),
    )
    .min(1),
})

/**
 * Reads the list of claims and holds it against the scenarios: each must name a scenario and, by its title, one of its steps.
 * @param file as messages name it
 * @throws MeshproofError `claims-broken` with all that is wrong, exit 2.
 */
export function readClaims(file: string, source: string, scenarios: readonly Scenario[]): readonly ClaimedDocument[] {
  const document = parseDocument(source)
  if (document.errors.length > 0)
    throw broken(
      file,
      document.errors.map(({ message }) => message),
    )
  const read = claimsSchema.safeParse(document.toJS())
  if (!read.success)
    throw broken(
      file,
      read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    )
  const { documents } = read.data
  const faults = documents.flatMap(({ id, claims }) =>
    claims.flatMap((claim) => faultOf(claim, scenarios).map((fault) => `${id}: ${fault}`)),
  )
  const twins = documents.map(({ id }) => id).filter((id, index, all) => all.indexOf(id) < index)
  const unused = scenarios.filter(({ id }) => !documents.some(({ claims }) => claims.some(({ scenario }) => scenario === id)))
  const all = [
    ...faults,
    ...twins.map((id) => `${id} is there twice`),
    ...unused.map(({ id }) => `no claim is proven by the scenario ${id}`),
  ]
  if (all.length > 0) throw broken(file, all)
  return documents
}

function faultOf({ scenario: id, step }: Claim, scenarios: readonly Scenario[]): string[] {
  const scenario = scenarios.find((one) => one.id === id)
  if (!scenario) return [`there is no scenario ${id}`]
  return scenario.steps.some(({ title }) => title === step) ? [] : [`${id} has no step "${step}"`]
}

function broken(file: string, faults: readonly string[]): MeshproofError {
  return new MeshproofError({ code: 'claims-broken', message: `${file}: ${faults.join('; ')}`, exit: EXIT.usage })
}
