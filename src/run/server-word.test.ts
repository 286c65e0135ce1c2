import type http from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeApiServer, startFakeApiServer } from '../kube/fake-api-server.ts'
import type { PodView } from '../kube/get.ts'
import { type AccessLog, openAccessLog } from '../probe/access-log.ts'
import type { ServerEnd } from './ends.ts'
import { serverWord } from './server-word.ts'

const TOKEN = 'mp-test-1'
const APP = '10.0.0.1:40000'
let server: FakeApiServer
const logs: AccessLog[] = []
const sinks: http.ServerResponse[] = []
const { signal } = new AbortController()

beforeEach(async () => {
  server = await startFakeApiServer()
  server.onLog = (response) => {
    response.writeHead(200).flushHeaders()
    sinks.push(response)
  }
})
afterEach(async () => {
  for (const log of logs.splice(0)) log.close()
  sinks.length = 0
  await server.close()
})

/** A proxy's log: what is said into it comes as lines of JSON. */
async function proxy(name: string) {
  const log = await openAccessLog(server.cluster, { namespace: 'foo', pod: name, container: 'istio-proxy' }, signal)
  logs.push(log)
  const sink = sinks.at(-1)
  const says = (line: object) => sink?.write(`${JSON.stringify({ token: null, upstreamLocal: null, connection: 1, ...line })}\n`)
  return { ear: { log, mark: log.mark }, says }
}

function end(name: string): ServerEnd {
  const pod: PodView = {
    ...{ name, namespace: 'foo', uid: name, ip: '10.0.0.9', labels: {}, serviceAccount: 'default' },
    ...{ ready: true, phase: 'Running', containers: ['istio-proxy'], lifeline: '' },
  }
  return { pod, port: 8080 }
}

const question = { readable: true, token: TOKEN, probeEnd: APP, client: undefined, gateway: undefined, signal }

test("a client's line leads to the server's by the connection between them", async () => {
  const [client, there] = [await proxy('sleep'), await proxy('httpbin')]
  const joined = serverWord({ ...question, client: client.ear, servers: [{ end: end('httpbin'), ear: there.ear }] })
  client.says({ token: TOKEN, directRemote: APP, upstreamLocal: '10.0.0.1:50000', code: 200 })
  there.says({ token: TOKEN, directRemote: '10.0.0.7:50000', code: 403 })
  there.says({ token: TOKEN, directRemote: '10.0.0.1:50000', code: 200 })
  expect(await joined).toMatchObject({ client: { code: 200, directRemote: APP }, server: { code: 200 }, end: { pod: { name: 'httpbin' } } })
})

test('of several servers the one whose log has the connection answered', async () => {
  const [one, two] = [await proxy('reviews-1'), await proxy('reviews-2')]
  const servers = [
    { end: end('reviews-1'), ear: one.ear },
    { end: end('reviews-2'), ear: two.ear },
  ]
  const joined = serverWord({ ...question, servers })
  two.says({ token: TOKEN, directRemote: APP, code: 200 })
  expect(await joined).toMatchObject({ server: { code: 200 }, end: { pod: { name: 'reviews-2' } } })
})

test('behind a gateway the last hop decides, and the gateway is its client', async () => {
  const [gateway, there] = [await proxy('ingress'), await proxy('httpbin')]
  const joined = serverWord({ ...question, gateway: gateway.ear, servers: [{ end: end('httpbin'), ear: there.ear }] })
  gateway.says({ token: TOKEN, directRemote: APP, upstreamLocal: '10.0.0.5:60000', code: 403, details: 'via_upstream' })
  there.says({ token: TOKEN, directRemote: '10.0.0.5:60000', code: 403, details: 'rbac' })
  const words = await joined
  expect(words).toMatchObject({ client: { details: 'via_upstream' }, server: { details: 'rbac' }, end: { pod: { name: 'httpbin' } } })
  expect(words.gateway).toBe(words.client)
})

test('a gateway that passes nothing on decides by itself', async () => {
  const [client, gateway, there] = [await proxy('sleep'), await proxy('ingress'), await proxy('httpbin')]
  const servers = [{ end: end('httpbin'), ear: there.ear }]
  const joined = serverWord({ ...question, client: client.ear, gateway: gateway.ear, servers })
  client.says({ token: TOKEN, directRemote: APP, upstreamLocal: '10.0.0.1:50000', code: 401 })
  gateway.says({ token: TOKEN, directRemote: '10.0.0.1:50000', code: 401, details: 'jwt_authn_access_denied{Jwt_is_expired}' })
  const words = await joined
  expect(words.server).toBe(words.gateway)
  expect(words).toMatchObject({ client: { directRemote: APP }, server: { code: 401 } })
  expect(words.end).toBeUndefined()
})

test('a question that went past the gateway has no word of the server', async () => {
  const [client, gateway, there] = [await proxy('sleep'), await proxy('ingress'), await proxy('httpbin')]
  const servers = [{ end: end('httpbin'), ear: there.ear }]
  const joined = serverWord({ ...question, client: client.ear, gateway: gateway.ear, servers })
  client.says({ token: TOKEN, directRemote: APP, upstreamLocal: '10.0.0.1:50000', code: 200 })
  there.says({ token: TOKEN, directRemote: '10.0.0.1:50000', code: 200 })
  const { client: told, ...rest } = await joined
  expect(told?.code).toBe(200)
  expect(rest).toEqual({})
})

test('what the proxies cannot read is joined by the connection alone', async () => {
  const client = await proxy('sleep')
  const joined = serverWord({ ...question, readable: false, client: client.ear, servers: [] })
  client.says({ directRemote: '10.0.0.1:40001', code: 0 })
  client.says({ directRemote: APP, upstreamLocal: '10.0.0.1:50000', code: 0, upstreamFailure: 'TLS_error' })
  expect(await joined).toMatchObject({ client: { upstreamFailure: 'TLS_error' } })
})
