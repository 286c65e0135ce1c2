import type { AccessLog } from '../probe/access-log.ts'
import { address, tcpArgs } from '../probe/question.ts'
import type { ServerEnd } from './ends.ts'
import type { Words } from './server-word.ts'
import type { Stage } from './stage.ts'

interface PassedQuestion {
  readonly stage: Stage
  /** Of the question that should have passed the proxy by; it was answered already. */
  readonly token: string
  readonly end: ServerEnd
  readonly log: AccessLog
  /** Where the question's lines could begin. */
  readonly mark: number
  /** For a connection of our own that does not pass it by. */
  readonly localPort: number
}

const CONTROL_MS = 2_000

/**
 * What a server's proxy says of a question that came past it. That it says nothing is known only once it has said something later: a
 * connection of our own is made through the proxy, and when its line stands in the log, an earlier question's line would as well.
 */
export async function passBy({ stage, token, end, log, mark, localPort }: PassedQuestion): Promise<{ words: Words; deaf?: string }> {
  const { pod, port } = end
  const outside = await stage.outside()
  const id = `${token}-after`
  const args = tcpArgs(localPort, address(pod.ip, port), `control ${id}`)
  await outside.ask({ id, verb: 't', args, deadlineMs: CONTROL_MS, signal: stage.signal })
  const bounds = { mark, signal: stage.signal }
  const after = await log.find(({ directRemote }) => directRemote?.endsWith(`:${localPort}`) === true, {
    ...bounds,
    deadlineMs: CONTROL_MS,
  })
  if (!after)
    return { words: {}, deaf: `the proxy of ${pod.name}.${pod.namespace} did not log a connection that was made after the question` }
  const server = await log.find((line) => line.token === token, { ...bounds, deadlineMs: 0 })
  return { words: server ? { server, end } : {} }
}
