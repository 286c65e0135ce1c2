import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatError } from '../error.ts'
import { type FakeApiServer, startFakeApiServer, statusBody } from './fake-api-server.ts'
import { followLogs, type LogFollower } from './logs.ts'

const pod = { namespace: 'foo', pod: 'httpbin-1', container: 'istio-proxy' }
const never = new AbortController().signal

let server: FakeApiServer
beforeEach(async () => {
  server = await startFakeApiServer()
})
afterEach(() => server.close())

async function follow(signal: AbortSignal = never): Promise<{ follower: LogFollower; lines: string[]; response: ServerResponse }> {
  const lines: string[] = []
  const begun = new Promise<ServerResponse>((resolve) => {
    server.onLog = (response) => {
      response.flushHeaders()
      resolve(response)
    }
  })
  const follower = await followLogs(server.cluster, pod, { onLine: (line) => lines.push(line), signal })
  return { follower, lines, response: await begun }
}

test('lines come whole, one by one, however the bytes are cut', async () => {
  const { follower, lines, response } = await follow()
  const bytes = Buffer.from('{"a":"für"}\nsecond\n\nthird\n')
  for (const byte of bytes) {
    await new Promise((resolve) => response.write(Buffer.from([byte]), resolve))
  }
  await expect.poll(() => lines).toEqual(['{"a":"für"}', 'second', '', 'third'])
  response.end()
  expect(await follower.ended).toBe('the log ended')
})

test('a line is there before the next one is written', async () => {
  const { follower, lines, response } = await follow()
  response.write('now\n')
  await expect.poll(() => lines).toEqual(['now'])
  follower.close()
  expect(await follower.ended).toBe('closed by us')
})

test('half a line at the end is no line, and is told', async () => {
  const { follower, lines, response } = await follow()
  response.end('whole\nhal')
  expect(await follower.ended).toBe('the log ended within a line: hal')
  expect(lines).toEqual(['whole'])
})

test('a cut connection is told', async () => {
  const { follower, response } = await follow()
  response.write('line\n')
  response.destroy()
  expect(await follower.ended).toBe('aborted')
})

test('an abort ends the following', async () => {
  const abort = new AbortController()
  const { follower, response } = await follow(abort.signal)
  abort.abort(new Error('interrupted'))
  expect(await follower.ended).toBe('closed by us')
  await expect.poll(() => response.destroyed).toBe(true)
})

test('only what is new is asked for, unless said', async () => {
  await follow()
  expect(server.seen.at(-1)).toBe('GET /api/v1/namespaces/foo/pods/httpbin-1/log?container=istio-proxy&follow=true&tailLines=0')
  await followLogs(server.cluster, pod, { sinceSeconds: 5, onLine: () => {}, signal: never })
  expect(server.seen.at(-1)).toContain('&follow=true&sinceSeconds=5')
  await followLogs(server.cluster, pod, { tailLines: 3, onLine: () => {}, signal: never })
  expect(server.seen.at(-1)).toContain('&tailLines=3')
})

test("a refusal tells the API server's own words", async () => {
  server.onLog = (response) =>
    response.writeHead(400).end(JSON.stringify(statusBody(400, 'container istio-proxy is not valid for pod httpbin-1')))
  const refused = followLogs(server.cluster, pod, { onLine: () => {}, signal: never }).then(() => 'followed', formatError)
  expect(await refused).toMatchInlineSnapshot(`
    "the API server refused to show the log of httpbin-1.foo/istio-proxy [api-error]
      seen:     400: container istio-proxy is not valid for pod httpbin-1"
  `)
})

test('an API server that never answers meets the deadline', async () => {
  server.onLog = () => {}
  const late = followLogs(server.cluster, pod, { onLine: () => {}, signal: never, deadlineMs: 100 }).then(() => 'followed', formatError)
  expect(await late).toMatchInlineSnapshot(`"the log of httpbin-1.foo/istio-proxy did not open within 0.1 s [api-timeout]"`)
})
