import type { Bounds, Cell, Outcome, Question } from '../scenario/model.ts'
import type { Address } from './capture-types.ts'
import { TOKEN_STANDIN } from './redact.ts'
import type { Ask, RawAnswer } from './session.ts'
import { quote } from './session-script.ts'

/** The header that carries a probe's token; the proxies' access log prints it. */
const TOKEN_HEADER = 'x-meshproof'

interface Target {
  /** `host:port` of a service, `ip:port` of a pod. */
  readonly authority: string
  /** Scheme, host and port instead, for URL destinations. */
  readonly origin?: string | undefined
  /** What the server asks in turn; then the request bears an id that is passed on. */
  readonly through?: readonly unknown[]
  /** Extra request headers, `Host` of a gateway's virtual host among them. */
  readonly headers?: Readonly<Record<string, string>>
}

interface Request {
  readonly cell: Pick<Cell, 'question' | 'declared'>
  readonly bounds: Bounds
  readonly target: Target
  readonly token: string
  /** A bearer token to go along. */
  readonly bearer?: string | undefined
  /** The probe's own port of a TCP question. */
  readonly localPort: number
  readonly signal: AbortSignal
}

/** Puts a cell's question into the session's words. Pure. */
export function toAsk({ cell: { question, declared }, bounds, target, token, bearer, localPort, signal }: Request): Ask {
  const common = { id: token, deadlineMs: bounds.probeMs, signal }
  if (question.kind === 'tcp') return { ...common, verb: 't', args: tcpArgs(localPort, target.authority, `${question.line} ${token}`) }
  const { method, url, headers, body } = toRequest({ question, target, token, bearer })
  const args = [
    ...(method === 'GET' ? [] : method === 'HEAD' ? ['-I'] : ['-X', method]),
    ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    ...(body === undefined ? [] : ['--data-raw', body]),
    // Whether the server's certificate is right is not the question; which TLS was spoken is.
    ...(target.origin?.startsWith('https:') ? ['-k'] : []),
    url,
  ]
  return { ...common, verb: declared.sees.length > 0 || declared.lacks ? 'b' : 'h', args }
}

/** An HTTP question as it is sent. */
export interface HttpRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

interface Composed extends Pick<Request, 'target' | 'token' | 'bearer'> {
  readonly question: Question & { kind: 'http' }
}

/** Puts all that a request holds together. Pure. */
export function toRequest({ question: { method, path, headers, body }, target, token, bearer }: Composed): HttpRequest {
  const authorization = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }
  return {
    method,
    url: `${target.origin ?? `http://${target.authority}`}${path}`,
    // A proxy in the mesh keeps the id that it is given, and apps pass it on.
    headers: {
      ...target.headers,
      ...headers,
      ...authorization,
      [TOKEN_HEADER]: token,
      ...(target.through?.length ? { 'x-request-id': token } : {}),
    },
    body,
  }
}

/** A line to a TCP port, for the session's verb `t`. */
export function tcpArgs(localPort: number, authority: string, line: string): string[] {
  return [String(localPort), authority, encodeURIComponent(line)]
}

/** The same question for a person's shell, inside the source's container; a bearer token stands there as `$TOKEN`. */
export function toCommand(ask: Ask): string {
  const seconds = ask.deadlineMs / 1000
  if (ask.verb !== 't') return ['curl', '-sS', '-i', '--max-time', seconds, ...ask.args.map(quoteForPeople)].join(' ')
  const [, authority = '', line = ''] = ask.args
  return `curl -sN --max-time ${seconds} ${quote(`gopher://${authority}/1${line}`)}`
}

/** The shell fills in a token of the person's own. */
function quoteForPeople(word: string): string {
  return word.endsWith(TOKEN_STANDIN) ? `"${word}"` : quote(word)
}

/** What an answer is, in the words of the truth tables; or why it is none. */
export type Reading =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'none'; readonly code: string; readonly message: string }

/** curl's exit code when it cannot bind its own port (CURLE_INTERFACE_FAILED). */
export const LOCAL_PORT_BUSY = 45

/** curl's exit codes, from its manual: what the probe's own side says, which is never a denial by the mesh. */
const NO_ANSWER: Readonly<Record<number, readonly [string, string]>> = {
  6: ['dns-failure', 'the name could not be resolved'],
  7: ['connect-refused', 'the connection was refused: nobody listens there'],
  28: ['probe-timeout', 'no answer within the deadline'],
  [LOCAL_PORT_BUSY]: ['local-port-busy', 'the probe could not bind its own port'],
  127: ['no-curl', 'there is no curl in the container'],
}

/** Reads an answer. Only what was seen end to end is an outcome; everything else is none, with its cause. */
export function readAnswer(question: Cell['question'], answer: RawAnswer, token: string): Reading {
  const known = NO_ANSWER[answer.exit]
  if (known) return { kind: 'none', code: known[0], message: `${known[1]} (curl exit ${answer.exit}${answer.text && `: ${answer.text}`})` }
  return question.kind === 'tcp' ? readTcp(answer, token) : readHttp(answer)
}

function readHttp({ exit, status, text }: RawAnswer): Reading {
  if (exit === 0 && status >= 100) return { kind: 'outcome', outcome: `${status}` }
  // 52: closed without a byte; 56: reset while waiting. Both only where no status line came before.
  if ((exit === 52 || exit === 56) && status === 0) return { kind: 'outcome', outcome: 'reset' }
  if (exit === 35 || exit === 60) return { kind: 'outcome', outcome: 'tls-failed' }
  return { kind: 'none', code: 'answer-broken', message: `curl exit ${exit}, status ${status}${text && `: ${text}`}` }
}

function readTcp({ exit, text }: RawAnswer, token: string): Reading {
  if (text.includes(token)) return { kind: 'outcome', outcome: 'echo' }
  if (text !== '') return { kind: 'none', code: 'foreign-reply', message: `the reply lacks the probe's token: ${text.slice(0, 80)}` }
  // 56: cut while the reply was waited for; 55: while the rest of the line was written, since curl writes its end by itself.
  if (exit === 0 || exit === 55 || exit === 56) return { kind: 'outcome', outcome: 'closed' }
  return { kind: 'none', code: 'answer-broken', message: `curl exit ${exit}` }
}

/** One end as proxies write it; IPv6 in brackets. */
export function address(ip: string, port: number): Address {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}
