import { afterEach, expect, test } from 'vitest'
import { FakeProxies } from './fake-proxies.ts'
import { serverWord } from './server-word.ts'

const TOKEN = 'mp-test-1'
const APP = '10.0.0.1:40000'
const proxies = new FakeProxies()
const { signal } = new AbortController()
afterEach(() => proxies.close())

const question = { readable: true, token: TOKEN, probeEnd: APP, client: undefined, gateway: undefined, signal }

test("a client's line leads to the server's by the connection between them", async () => {
  const [client, there] = [await proxies.open('sleep'), await proxies.open('httpbin')]
  const joined = serverWord({ ...question, client: client.ear, servers: [there] })
  client.says({ token: TOKEN, directRemote: APP, upstreamLocal: '10.0.0.1:50000', code: 200 })
  there.says({ token: TOKEN, directRemote: '10.0.0.7:50000', code: 403 })
  there.says({ token: TOKEN, directRemote: '10.0.0.1:50000', code: 200 })
  expect(await joined).toMatchObject({ client: { code: 200, directRemote: APP }, server: { code: 200 }, end: { pod: { name: 'httpbin' } } })
})

test('of several servers the one whose log has the connection answered', async () => {
  const [one, two] = [await proxies.open('reviews-1'), await proxies.open('reviews-2')]
  const servers = [one, two]
  const joined = serverWord({ ...question, servers })
  two.says({ token: TOKEN, directRemote: APP, code: 200 })
  expect(await joined).toMatchObject({ server: { code: 200 }, end: { pod: { name: 'reviews-2' } } })
})

test('behind a gateway the last hop decides, and the gateway is its client', async () => {
  const [gateway, there] = [await proxies.open('ingress'), await proxies.open('httpbin')]
  const joined = serverWord({ ...question, gateway: gateway.ear, servers: [there] })
  gateway.says({ token: TOKEN, directRemote: APP, upstreamLocal: '10.0.0.5:60000', code: 403, details: 'via_upstream' })
  there.says({ token: TOKEN, directRemote: '10.0.0.5:60000', code: 403, details: 'rbac' })
  const words = await joined
  expect(words).toMatchObject({ client: { details: 'via_upstream' }, server: { details: 'rbac' }, end: { pod: { name: 'httpbin' } } })
  expect(words.gateway).toBe(words.client)
})

test('a gateway that passes nothing on decides by itself', async () => {
  const [client, gateway, there] = [await proxies.open('sleep'), await proxies.open('ingress'), await proxies.open('httpbin')]
  const servers = [there]
  const joined = serverWord({ ...question, client: client.ear, gateway: gateway.ear, servers })
  client.says({ token: TOKEN, directRemote: APP, upstreamLocal: '10.0.0.1:50000', code: 401 })
  gateway.says({ token: TOKEN, directRemote: '10.0.0.1:50000', code: 401, details: 'jwt_authn_access_denied{Jwt_is_expired}' })
  const words = await joined
  expect(words.server).toBe(words.gateway)
  expect(words).toMatchObject({ client: { directRemote: APP }, server: { code: 401 } })
  expect(words.end).toBeUndefined()
})

test('a question that went past the gateway has no word of the server', async () => {
  const [client, gateway, there] = [await proxies.open('sleep'), await proxies.open('ingress'), await proxies.open('httpbin')]
  const servers = [there]
  const joined = serverWord({ ...question, client: client.ear, gateway: gateway.ear, servers })
  client.says({ token: TOKEN, directRemote: APP, upstreamLocal: '10.0.0.1:50000', code: 200 })
  there.says({ token: TOKEN, directRemote: '10.0.0.1:50000', code: 200 })
  const { client: told, ...rest } = await joined
  expect(told?.code).toBe(200)
  expect(rest).toEqual({})
})

test('what the proxies cannot read is joined by the connection alone', async () => {
  const client = await proxies.open('sleep')
  const joined = serverWord({ ...question, readable: false, client: client.ear, servers: [] })
  client.says({ directRemote: '10.0.0.1:40001', code: 0 })
  client.says({ directRemote: APP, upstreamLocal: '10.0.0.1:50000', code: 0, upstreamFailure: 'TLS_error' })
  expect(await joined).toMatchObject({ client: { upstreamFailure: 'TLS_error' } })
})

test('a connection from the same end to another port of the pod is not the one that was asked for', async () => {
  const [client, there] = [await proxies.open('sleep'), await proxies.open('tcp-echo', { ip: '10.0.0.9', port: 9000 })]
  const joined = serverWord({ ...question, readable: false, client: client.ear, servers: [there] })
  client.says({ directRemote: APP, upstreamLocal: '10.0.0.1:50000', code: 0 })
  there.says({
    directRemote: '10.0.0.1:50000',
    downstreamLocal: '10.0.0.9:9001',
    code: 0,
    termination: 'rbac_access_denied_matched_policy[none]',
  })
  there.says({ directRemote: '10.0.0.1:50000', downstreamLocal: '10.0.0.9:9000', code: 0 })
  expect((await joined).server).toMatchObject({ downstreamLocal: '10.0.0.9:9000' })
})
