import pRetry from 'p-retry'
import { MeshproofError } from '../error.ts'

const WORTH_ANOTHER_TRY = new Set(['api-unreachable', 'webhook-unreachable', 'api-busy'])

/**
 * Tries an idempotent request up to four times within 1.4 s, but only where the API server cannot have judged it:
 * no connection, too busy, or a webhook that it could not call. Every other error comes out at once.
 */
export async function persist<T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
  return pRetry(attempt, {
    retries: 3,
    minTimeout: 200,
    factor: 2,
    signal,
    shouldRetry: ({ error }) => error instanceof MeshproofError && WORTH_ANOTHER_TRY.has(error.code),
  })
}
