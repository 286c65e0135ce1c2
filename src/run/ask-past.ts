import { MeshproofError } from '../error.ts'
import { askForwarded } from '../probe/forward.ts'
import { toRequest } from '../probe/question.ts'
import type { RawAnswer } from '../probe/session.ts'
import type { Cell } from '../scenario/model.ts'
import type { Ends } from './ends.ts'
import type { Stage } from './stage.ts'

interface PastOptions {
  readonly stage: Stage
  readonly cell: Cell
  readonly ends: Ends
  readonly token: string
  readonly bearer: string | undefined
}

/**
 * Asks from here, by a port-forward into the server's pod, past its proxy.
 * @throws MeshproofError those of `askForwarded`.
 */
export async function askPast({ stage, cell, ends, token, bearer }: PastOptions): Promise<RawAnswer> {
  const { question, declared, bounds } = cell
  const [server] = ends.servers
  if (question.kind !== 'http' || !server) {
    throw new MeshproofError({
      code: 'forward-unsupported',
      message: `${cell.to.text} cannot be asked by a port-forward`,
      where: cell.where,
    })
  }
  const request = toRequest({ question, target: ends, token, bearer })
  const reads = declared.sees.length > 0 || declared.lacks !== undefined
  return askForwarded(stage.cluster, { ...server, request, reads, deadlineMs: bounds.probeMs, signal: stage.signal })
}

/** What opens the same way for a person. */
export function forwardCommand({ servers: [server] }: Ends): string {
  return `kubectl -n ${server?.pod.namespace} port-forward pod/${server?.pod.name} ${server?.port}`
}
