import http from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { KubeConfig } from '@kubernetes/client-node'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Cluster } from './cluster.ts'
import { FakeObjects } from './fake-objects.ts'

/** Test support: an API server on loopback, with real HTTP and real WebSockets, and objects kept in memory. */
export interface FakeApiServer {
  readonly url: string
  readonly cluster: Cluster
  readonly objects: FakeObjects
  /** Every request so far, `METHOD path?query`. */
  readonly seen: string[]
  /** How the next requests that begin with `METHOD path` are answered instead, in this order. */
  next(request: string, ...answers: readonly FakeAnswer[]): void
  /** Called with the headers of each request. */
  onHeaders: (headers: http.IncomingHttpHeaders) => void
  /** What an exec meets; its process by default never says anything. */
  onExec: (session: ExecSession) => void
  /** Refuses the upgrade of every exec with this Status. */
  refuseExec: { readonly code: number; readonly message: string } | undefined
  /** Subprotocols that the server has, best first. */
  protocols: readonly string[]
  /** What a followed log meets. */
  onLog: (response: http.ServerResponse, query: URLSearchParams) => void
  close(): Promise<void>
}

/** `cut` ends the connection without an answer; `hang` never answers. */
type FakeAnswer =
  | { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string | string[]>> }
  | { readonly status: number; readonly message: string; readonly reason?: string }
  | 'cut'
  | 'hang'

/** The server's side of one exec. */
export interface ExecSession {
  readonly argv: readonly string[]
  readonly query: URLSearchParams
  readonly socket: WebSocket
  /** Sends bytes on a channel. */
  send(channel: number, data: string | Buffer): void
  /** The status channel's last word: an exit code, or a failure that is none. */
  exit(code: number): void
  fail(message: string): void
  /** Calls back for each message of the client's: its channel and its bytes. */
  onData(take: (channel: number, data: Buffer) => void): void
}

/** Starts it on a free port of loopback. */
export async function startFakeApiServer(): Promise<FakeApiServer> {
  const sockets = new Set<Duplex>()
  const planned: { request: string; answer: FakeAnswer }[] = []
  const server = http.createServer((request, response) => {
    const asked = `${request.method} ${request.url}`
    fake.seen.push(asked)
    fake.onHeaders(request.headers)
    const at = planned.findIndex((plan) => asked.startsWith(plan.request))
    const plan = at < 0 ? undefined : planned.splice(at, 1)[0]
    if (plan) return answerAsPlanned(request, response, plan.answer)
    const url = new URL(request.url ?? '/', 'http://fake')
    if (/\/pods\/[^/]+\/log$/.test(url.pathname)) return fake.onLog(response, url.searchParams)
    void fake.objects.answer(request, response)
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const upgrades = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => fake.protocols.find((protocol) => offered.has(protocol)) ?? false,
  })
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'http://fake')
    fake.seen.push(`EXEC ${request.url}`)
    if (fake.refuseExec) return refuse(socket, fake.refuseExec)
    upgrades.handleUpgrade(request, socket, head, (socketOfExec) => fake.onExec(session(socketOfExec, url.searchParams)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const fake: FakeApiServer = {
    url,
    cluster: { context: 'fake', config: configOf(url), version: 'v1.34.4' },
    objects: new FakeObjects(),
    seen: [],
    next: (request, ...answers) => planned.push(...answers.map((answer) => ({ request, answer }))),
    onHeaders: () => {},
    onExec: () => {},
    refuseExec: undefined,
    protocols: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
    onLog: (response) => response.end(),
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return fake
}

/** A Status as API servers answer it. */
export function statusBody(code: number, message: string, reason = ''): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code }
}

function configOf(url: string): KubeConfig {
  const config = new KubeConfig()
  config.loadFromOptions({
    clusters: [{ name: 'fake', server: url, skipTLSVerify: true }],
    users: [{ name: 'fake', token: 'fake-token' }],
    contexts: [{ name: 'fake', cluster: 'fake', user: 'fake' }],
    currentContext: 'fake',
  })
  return config
}

function answerAsPlanned(request: http.IncomingMessage, response: http.ServerResponse, answer: FakeAnswer): void {
  if (answer === 'hang') return
  if (answer === 'cut') {
    request.socket.destroy()
    return
  }
  const body = 'message' in answer ? statusBody(answer.status, answer.message, answer.reason) : answer.body
  const headers = 'headers' in answer ? answer.headers : {}
  response.writeHead(answer.status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

function refuse(socket: Duplex, { code, message }: { code: number; message: string }): void {
  const body = JSON.stringify(statusBody(code, message))
  socket.end(
    `HTTP/1.1 ${code} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

function session(socket: WebSocket, query: URLSearchParams): ExecSession {
  const send = (channel: number, data: string | Buffer): void => socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(data)]))
  return {
    argv: query.getAll('command'),
    query,
    socket,
    send,
    exit(code) {
      const nonZero = { status: 'Failure', reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message: String(code) }] } }
      send(3, JSON.stringify(code === 0 ? { status: 'Success' } : nonZero))
    },
    fail: (message) => send(3, JSON.stringify(statusBody(500, message, 'InternalError'))),
    onData: (take) => socket.on('message', (message: Buffer) => take(message[0] ?? -1, message.subarray(1))),
  }
}
