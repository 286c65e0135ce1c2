import { MeshproofError } from '../error.ts'
import type { RunResult } from '../run/result.ts'

/** The result of a run that a fault kept from beginning: no cell is judged, the fault is its cause. */
export function nothingEstablished(
  error: unknown,
  { begun, runId, interrupted }: { begun: Date; runId: string; interrupted: boolean },
): RunResult {
  const cause =
    error instanceof MeshproofError
      ? { code: error.code, message: error.seen ? `${error.message}: ${error.seen}` : error.message }
      : { code: 'interrupted', message: 'the run was interrupted' }
  return {
    id: runId,
    startedAt: begun.toISOString(),
    ms: Date.now() - begun.getTime(),
    verdict: 'inconclusive',
    interrupted,
    scenarios: [],
    causes: [cause],
    harness: { version: 'unknown', node: process.version, peakRssBytes: process.resourceUsage().maxRSS * 1024 },
  }
}
