import { spawn } from 'node:child_process'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeApiServer, startFakeApiServer } from '../kube/fake-api-server.ts'
import type { PodView } from '../kube/get.ts'
import { type Cell, DEFAULT_BOUNDS, type Question } from '../scenario/model.ts'
import type { TokenSpec } from '../scenario/token.ts'
import { ask, join } from './ask.ts'
import { finish } from './finish.ts'
import { openStage, type Stage } from './stage.ts'

let server: FakeApiServer
let stage: Stage
let app: http.Server
/** What reached the app. */
const reached: http.IncomingHttpHeaders[] = []

beforeEach(async () => {
  server = await startFakeApiServer()
  // An exec is a real shell on this machine, so that the session, curl and the answer's way back are the real ones.
  server.onExec = ({ argv, onData, send, exit }) => {
    const [program = '', ...args] = argv
    const shell = spawn(program, args)
    onData((channel, data) => void (channel === 0 && shell.stdin.write(data)))
    shell.stdout.on('data', (chunk: Buffer) => send(1, chunk))
    shell.once('exit', (code) => exit(code ?? 1))
  }
  stage = openStage(server.cluster, new AbortController().signal)
  reached.length = 0
  app = http.createServer((request, response) => {
    reached.push(request.headers)
    response.end(JSON.stringify({ headers: request.headers, leaked: request.headers.authorization?.split(' ')[1] }))
  })
  await new Promise<void>((listening) => app.listen(0, '127.0.0.1', listening))
})
afterEach(async () => {
  await stage.close()
  app.close()
  await server.close()
})

function pod(name: string): PodView {
  const facts = { namespace: 'foo', uid: name, ip: '127.0.0.1', labels: {}, serviceAccount: 'sleep', ready: true, phase: 'Running' }
  return { name, containers: ['app'], lifeline: '', ...facts }
}

async function attempt(token: TokenSpec) {
  const { port } = app.address() as AddressInfo
  const question: Question = { kind: 'http', method: 'GET', path: '/headers', headers: {}, token }
  const where = { file: 'x.yaml', line: 1, column: 1 }
  const cell: Cell = {
    ...{ id: 's1.c1', step: 0, question, bounds: DEFAULT_BOUNDS, where },
    from: { app: 'app', namespace: 'foo', text: 'app.foo' },
    to: { kind: 'service', app: 'app', namespace: 'foo', port, text: `app.foo:${port}` },
    declared: { outcome: '200', sees: ['authorization'] },
  }
  const servers = [{ pod: pod('there'), port }]
  const ends = { source: pod('here'), container: 'app', viaProxy: false, servers, authority: `127.0.0.1:${port}`, headers: {}, through: [] }
  const asked = await ask({ stage, cell, ends, token: 'mp-test-1' })
  return finish(await join(asked, new Map()), { stage, n: 1, blind: undefined, changedAt: Date.now() })
}

test("a token reaches the app, and nothing of it is in what is kept, though the app's answer holds it twice", async () => {
  const kept = await attempt({ kind: 'valid', claims: { groups: ['a'] } })
  const [sent = ''] = reached.map(({ authorization }) => authorization?.replace('Bearer ', ''))
  expect(decodeJwt(sent)).toMatchObject({ iss: 'testing@meshproof.dev', groups: ['a'] })
  expect(kept.seen).toEqual({ outcome: '200' })
  expect(JSON.stringify(kept)).not.toContain(sent)
  for (const part of sent.split('.')) expect(JSON.stringify(kept)).not.toContain(part)
  expect(kept.command).toContain('-H "authorization: Bearer $TOKEN" -H \'x-meshproof: mp-test-1\'')
  expect(JSON.parse(kept.body?.split('\r\n\r\n')[1] ?? '')).toMatchObject({ headers: { authorization: 'Bearer $TOKEN' }, leaked: '$TOKEN' })
})

test("a service account's token is the API server's, asked for once, and is not kept either", async () => {
  const secret = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzbGVlcCJ9.c2lnbmF0dXJl'
  server.next('POST /api/v1/namespaces/foo/serviceaccounts/sleep/token', { status: 201, body: { status: { token: secret } } })
  const kept = [await attempt({ kind: 'service-account' }), await attempt({ kind: 'service-account' })]
  expect(reached.map(({ authorization }) => authorization)).toEqual([`Bearer ${secret}`, `Bearer ${secret}`])
  expect(JSON.stringify(kept)).not.toContain(secret)
})

test('a token that cannot be had leaves the question unasked, with the cause', async () => {
  server.next('POST /api/v1/namespaces/foo/serviceaccounts/sleep/token', { status: 403, message: 'no', reason: 'Forbidden' })
  const { fate } = await attempt({ kind: 'service-account' })
  expect(fate).toMatchObject({ kind: 'void', cause: { code: 'api-forbidden' } })
  expect(reached).toEqual([])
})
