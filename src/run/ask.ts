import { MeshproofError } from '../error.ts'
import { address, type Reading, readAnswer, toAsk, toCommand } from '../probe/question.ts'
import { TOKEN_STANDIN } from '../probe/redact.ts'
import type { Cell } from '../scenario/model.ts'
import { askPast, forwardCommand } from './ask-past.ts'
import type { Ends, ServerEnd } from './ends.ts'
import { type Followed, followOn } from './follow-on.ts'
import type { EpochBook } from './observe.ts'
import { passBy } from './pass-by.ts'
import { probePort } from './probe-port.ts'
import { serverWord, type Words } from './server-word.ts'
import { hasProxy, type Stage } from './stage.ts'

/** A question that was answered; the proxies' own words on it are still on their way. */
export interface Asked {
  readonly cell: Cell
  readonly ends: Ends
  readonly token: string
  readonly at: number
  readonly ms: number
  readonly command: string
  readonly exitCode?: number | undefined
  readonly reading: Reading
  /** Settles once the lines have come, or must have come; never rejects but for an abort. */
  readonly heard: Promise<Heard>
  readonly body?: string | undefined
  /** The bearer token that went along; nothing that is kept may hold it. */
  readonly secret?: string | undefined
  readonly probePort: number
}

interface Heard {
  readonly words: Words
  /** Why nothing can be heard. */
  readonly deaf?: string | undefined
  /** Why it is not known whom the server asked in turn. */
  readonly gap?: string | undefined
}

/** A question whose proxies have said all that they will. */
export interface Joined extends Asked {
  readonly words: Words
  /** The pod that answered; undefined where none of those that could did, or nobody says which. */
  readonly server?: ServerEnd | undefined
  /** Why its answer came over an old connection. */
  readonly stale?: string | undefined
}

/** Nobody can follow what a server without a proxy asks in turn. */
const UNSEEN: Followed = { hops: [], gap: 'no proxy of the server tells whom it asked in turn' }

interface AskOptions {
  readonly stage: Stage
  readonly cell: Cell
  readonly ends: Ends
  readonly token: string
}

/**
 * Asks a cell's question once and begins to join the proxies' words, which come a flush of their logs later.
 * Never throws but for an abort: a broken probe is a reading of its own.
 */
export async function ask({ stage, cell, ends, token }: AskOptions): Promise<Asked> {
  const { source, container, viaProxy } = ends
  const localPort = probePort()
  const spec = cell.question.kind === 'http' ? cell.question.token : undefined
  const questionWith = (bearer: string | undefined) =>
    toAsk({ cell, bounds: cell.bounds, target: ends, token, bearer, localPort, signal: stage.signal })
  const forwarded = cell.from.kind === 'port-forward'
  const typed = toCommand(questionWith(spec && TOKEN_STANDIN))
  const common = { cell, ends, token, command: forwarded ? `${forwardCommand(ends)} & sleep 1; ${typed}` : typed }
  const begun = performance.now()
  let at = Date.now()
  try {
    const [bearer, session, ...ears] = await Promise.all([
      spec && stage.credentials.bearer(spec, source),
      forwarded ? undefined : stage.session({ namespace: source.namespace, pod: source.name, container }),
      viaProxy ? stage.log(source) : undefined,
      ends.gateway ? stage.log(ends.gateway.pod) : undefined,
      ...[...ends.servers, ...ends.through].map(({ pod }) => (hasProxy(pod) ? stage.log(pod) : undefined)),
    ])
    const [client, gateway, ...answering] = ears.map((log) => log && { log, mark: log.mark })
    const servers = answering.slice(0, ends.servers.length)
    const hops = ends.through.flatMap((end, index) => {
      const ear = answering[ends.servers.length + index]
      return ear ? [{ end, ...ear }] : []
    })
    at = Date.now()
    const asked = performance.now()
    const answer = session ? await session.ask(questionWith(bearer)) : await askPast({ stage, cell, ends, token, bearer })
    const ms = performance.now() - asked
    const reading = readAnswer(cell.question, answer, token)
    const probeEnd = address(source.ip, answer.localPort)
    const proxied = ends.servers.flatMap((end, index) => {
      const ear = servers[index]
      return ear ? [{ end, ear }] : []
    })
    const readable = cell.question.kind === 'http' && !isOpaque(ends)
    const joining = { readable, token, probeEnd, client, gateway, servers: proxied, signal: stage.signal }
    const [first] = proxied
    const listening =
      reading.kind !== 'outcome'
        ? Promise.resolve<Heard>({ words: {} })
        : forwarded && first
          ? passBy({ stage, token, end: first.end, ...first.ear, localPort })
          : serverWord(joining).then((words): Heard => ({ words }))
    const heard = listening.then(async ({ words, deaf }): Promise<Heard> => {
      const from = words.end || forwarded ? proxied.find(({ end }) => forwarded || end === words.end)?.ear : undefined
      const probe = words.server?.directRemote
      const unseen: Followed = hops.length > 0 && proxied.length === 0 ? UNSEEN : { hops: [] }
      const behind = from && hops.length > 0 ? await followOn({ requestId: token, from, probe, hops, signal: stage.signal }) : unseen
      const faults = ears.flatMap((log) => log?.fault() ?? []).join('; ')
      return { words: { ...words, hops: behind.hops }, deaf: faults === '' ? deaf : faults, gap: behind.gap }
    })
    return { ...common, at, ms, exitCode: answer.exit, reading, heard, body: answer.body, secret: bearer, probePort: answer.localPort }
  } catch (error) {
    stage.signal.throwIfAborted()
    if (!(error instanceof MeshproofError)) throw error
    const message = [error.message, error.seen].filter(Boolean).join(': ')
    return {
      ...common,
      at,
      ms: performance.now() - begun,
      reading: { kind: 'none', code: error.code, message },
      heard: Promise.resolve({ words: {} }),
      probePort: 0,
    }
  }
}

/** Waits for the proxies' words on an answer. Call it once for each, when what is known of the proxies' connections is up to date. */
export async function join(asked: Asked, book: EpochBook): Promise<Joined> {
  const { words, deaf, gap } = await asked.heard
  const { ends } = asked
  const server = answererOf(ends, words)
  // A TCP probe has a connection of its own all the way; only HTTP is pooled. Each line must be shown, whatever the other says.
  const stale =
    asked.cell.question.kind === 'http'
      ? [
          words.gateway && ends.gateway && book.get(ends.gateway.pod.uid)?.stale(words.gateway),
          words.server && words.end && book.get(words.end.pod.uid)?.stale(words.server),
          ...(words.hops ?? []).map(({ end, line }) => prefixed(end, book.get(end.pod.uid)?.stale(line))),
        ].find((reason) => reason !== undefined)
      : undefined
  return { ...asked, reading: readingOf({ asked, deaf, gap, stale }), words, server, stale }
}

/** A hop that is known to be stale is reason enough, and often why the request went on to where nobody expected it. */
function readingOf({ asked, deaf, gap, stale }: Omit<Heard, 'words'> & Pick<Joined, 'stale'> & { readonly asked: Asked }): Reading {
  if (deaf !== undefined) return { kind: 'none', code: 'access-log-lost', message: deaf }
  if (gap !== undefined && stale === undefined && asked.reading.kind === 'outcome')
    return { kind: 'none', code: 'unknown-hop', message: gap }
  return asked.reading
}

function prefixed({ pod }: ServerEnd, reason: string | undefined): string | undefined {
  return reason && `behind the server, at ${pod.name}: ${reason}`
}

function answererOf({ servers, gateway }: Ends, words: Words): ServerEnd | undefined {
  if (words.end) return words.end
  if (gateway && (!words.gateway || words.server === words.gateway)) return undefined
  const [only, other] = servers
  return other ? servers.find(({ pod, port }) => words.client?.upstreamHost === address(pod.ip, port)) : only
}

/** Whether the proxies see nothing of the request but its connection. */
export function isOpaque({ origin }: Ends): boolean {
  return origin?.startsWith('https:') === true
}
