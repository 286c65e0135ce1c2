import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeApiServer, startFakeApiServer } from './fake-api-server.ts'
import { request } from './request.ts'

let server: FakeApiServer
beforeEach(async () => {
  server = await startFakeApiServer()
})
afterEach(() => server.close())

const ask = { method: 'GET', path: '/api/v1/namespaces/foo/pods' } as const
const busy = { status: 429, body: {}, headers: { 'retry-after': '0' } }

test('a request that the API server has no room for is sent again when it says so', async () => {
  server.next(`GET ${ask.path}`, busy, busy)
  expect(await request(server.cluster, ask)).toMatchObject({ status: 200 })
  expect(server.seen).toEqual(Array(3).fill(`GET ${ask.path}`))
})

test('an API server that never has room is the answer, after ten tries', async () => {
  server.next(`GET ${ask.path}`, ...Array(11).fill(busy))
  expect(await request(server.cluster, ask)).toMatchObject({ status: 429 })
  expect(server.seen).toHaveLength(10)
})

test('too many requests without a time to come back is an answer', async () => {
  server.next(`GET ${ask.path}`, { status: 429, body: {} })
  expect(await request(server.cluster, ask)).toMatchObject({ status: 429 })
  expect(server.seen).toHaveLength(1)
})

test('a wait for room ends with the deadline', async () => {
  server.next(`GET ${ask.path}`, { ...busy, headers: { 'retry-after': '60' } })
  await expect(request(server.cluster, { ...ask, deadlineMs: 50 })).rejects.toMatchObject({ code: 'api-timeout' })
})
