import type { Where } from '../../error.ts'
import type { CellRecord, RunRecord } from '../record-schema.ts'

export type ScenarioRecord = RunRecord['scenarios'][number]
export type StepRecord = ScenarioRecord['steps'][number]

/** Where a scenario, a step or a cell stands in the page: `mtls`, `mtls/s2`, `mtls/s2.c4`. Also the link's text after `#`. */
export function placeOf(scenario: ScenarioRecord, part?: StepRecord | CellRecord): string {
  const id = encode(scenario.id)
  if (!part) return id
  return `${id}/${encode('index' in part ? `s${part.index + 1}` : part.id)}`
}

/** Halves of surrogate pairs have no address. */
function encode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, '\uFFFD'))
}

/** `scenarios/mtls.yaml:31:9`. */
export function whereText({ file, line, column }: Where): string {
  return `${file}:${line}:${column}`
}
