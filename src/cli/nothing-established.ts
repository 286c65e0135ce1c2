import { MeshproofError } from '../error.ts'
import type { Mesh } from '../mesh/types.ts'
import { harnessNow } from '../run/harness.ts'
import type { Cause, RunResult } from '../run/result.ts'

interface Circumstances {
  readonly begun: Date
  readonly runId: string
  readonly interrupted: boolean
  /** The mesh that had come up by then. */
  readonly mesh?: Mesh | undefined
}

/** The result of a run that a fault kept from beginning: no cell is judged, the fault is its cause. */
export function nothingEstablished(error: unknown, { begun, runId, interrupted, mesh }: Circumstances): RunResult {
  return {
    id: runId,
    startedAt: begun.toISOString(),
    ms: Date.now() - begun.getTime(),
    mesh,
    verdict: 'inconclusive',
    interrupted,
    scenarios: [],
    causes: [causeOf(error, interrupted)],
    harness: harnessNow(),
  }
}

function causeOf(error: unknown, interrupted: boolean): Cause {
  if (error instanceof MeshproofError) return { code: error.code, message: error.seen ? `${error.message}: ${error.seen}` : error.message }
  if (interrupted) return { code: 'interrupted', message: 'the run was interrupted' }
  return { code: 'unexpected', message: error instanceof Error ? error.message : String(error) }
}
