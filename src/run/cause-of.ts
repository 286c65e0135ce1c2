import { MeshproofError } from '../error.ts'
import type { Cause } from './result.ts'

/** An error as a cause; anything that is not a known fault keeps its stack, since it is our own bug. */
export function causeOf(error: unknown): Cause {
  if (error instanceof MeshproofError) return { code: error.code, message: [error.message, error.seen].filter(Boolean).join(': ') }
  return { code: 'bug', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}
