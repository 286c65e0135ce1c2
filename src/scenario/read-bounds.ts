import type { Bounds } from './model.ts'
import type { RawBounds } from './schema.ts'

/** The bounds of a part of a scenario: its own where said, else its owner's. */
export function readBounds(own: RawBounds | undefined, inherited: Bounds): Bounds {
  return {
    answers: own?.answers ?? inherited.answers,
    probeMs: own?.probe ?? inherited.probeMs,
    settleMs: own?.settle ?? inherited.settleMs,
    decisionMs: own?.decision ?? inherited.decisionMs,
  }
}
