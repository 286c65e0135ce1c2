import { createHash } from 'node:crypto'
import type { Scenario } from '../scenario/model.ts'
import type { RunRecord } from './record-schema.ts'

/** What runs on one Istio line have shown, as little of it as a table needs. */
export interface LineState {
  /** `1.31`. */
  readonly line: string
  /** The run's id. */
  readonly run: string
  /** By the scenario's id. */
  readonly scenarios: ReadonlyMap<string, ScenarioState>
}

export interface ScenarioState {
  /** Of the file that was run, the first twelve digits of its SHA-256. */
  readonly source: string
  /** One of each step: the number of checks that passed where all did, `fail`, `none` where nothing could be established. */
  readonly steps: readonly string[]
}

/** What a record says of the line. Pure. */
export function stateOf(line: string, record: RunRecord): LineState {
  const scenarios = record.scenarios.map(({ id, sourceSha256, steps }): [string, ScenarioState] => [
    id,
    { source: sourceSha256.slice(0, DIGITS), steps: steps.map(stepState) },
  ])
  return { line, run: record.id, scenarios: new Map(scenarios) }
}

const DIGITS = 12

function stepState({ verdict, cells, logs = [] }: RunRecord['scenarios'][number]['steps'][number]): string {
  if (verdict === 'pass') return `${cells.length + logs.length}`
  return verdict === 'fail' ? 'fail' : 'none'
}

const STATE = /^<!-- claims on (\S+), run (\S+): (.*) -->$/

/** A line of text that holds a state and is not shown. */
export function formatState({ line, run, scenarios }: LineState): string {
  const parts = [...scenarios].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, { source, steps }]) => `${id}@${source}=${steps.join(',')}`)
  return `<!-- claims on ${line}, run ${run}: ${parts.join(' ')} -->`
}

/** The states in a text, as `formatState` wrote them. */
export function findStates(text: string): LineState[] {
  return text.split('\n').flatMap((one): LineState[] => {
    const [, line, run, parts] = STATE.exec(one) ?? []
    if (line === undefined || run === undefined || parts === undefined) return []
    const scenarios = [...parts.matchAll(/(\S+)@(\S+)=(\S+)/g)].map(([, id = '', source = '', steps = '']): [string, ScenarioState] => [
      id,
      { source, steps: steps.split(',') },
    ])
    return [{ line, run, scenarios: new Map(scenarios) }]
  })
}

/** The state of a scenario as its file is now; undefined where it was never run so. */
export function currentState({ scenarios }: LineState, { id, source }: Scenario): ScenarioState | undefined {
  const state = scenarios.get(id)
  return state?.source === createHash('sha256').update(source).digest('hex').slice(0, DIGITS) ? state : undefined
}
