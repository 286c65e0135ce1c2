import type http from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeApiServer, startFakeApiServer } from '../kube/fake-api-server.ts'
import { followPod } from './follow-pod.ts'

const pod = { namespace: 'a', pod: 'prober-1', container: 'prober' }

let server: FakeApiServer
let closing: AbortController
const opened: { readonly response: http.ServerResponse; readonly query: URLSearchParams }[] = []
beforeEach(async () => {
  server = await startFakeApiServer()
  closing = new AbortController()
  opened.length = 0
  server.onLog = (response, query) => {
    opened.push({ response, query })
    response.writeHead(200).flushHeaders()
  }
})
afterEach(async () => {
  closing.abort()
  await server.close()
})

function follow() {
  const lines: string[] = []
  const ends: string[] = []
  const following = followPod({
    cluster: server.cluster,
    pod,
    signal: closing.signal,
    onLine: (line) => lines.push(line),
    onEnd: (reason) => ends.push(reason),
  })
  return { lines, ends, following }
}

test('a log is read from its first line', async () => {
  const { lines, following } = follow()
  await following
  opened[0]?.response.write('one\ntwo\n')
  await expect.poll(() => lines).toEqual(['one', 'two'])
  expect(Number(opened[0]?.query.get('sinceSeconds'))).toBeGreaterThan(3_600)
})

test('a link that is cut is opened again, a little before where it was cut', async () => {
  const { lines, ends, following } = follow()
  await following
  opened[0]?.response.write('one\n')
  await expect.poll(() => lines).toEqual(['one'])
  opened[0]?.response.destroy()
  await expect.poll(() => opened.length).toBe(2)
  opened[1]?.response.write('one\ntwo\n')
  await expect.poll(() => lines).toEqual(['one', 'one', 'two'])
  expect(Number(opened[1]?.query.get('sinceSeconds'))).toBeLessThan(60)
  expect(ends).toEqual([])
})

test('a log whose pod is gone has ended, with the reason', async () => {
  const { ends, following } = follow()
  await following
  server.onLog = (response) =>
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"kind":"Status","message":"pods not found"}')
  opened[0]?.response.destroy()
  await expect.poll(() => ends).toHaveLength(1)
  expect(ends[0]).toContain('refused')
})

test('a log that ends by itself is not asked for again', async () => {
  const { ends, following } = follow()
  await following
  opened[0]?.response.end()
  await expect.poll(() => ends).toEqual(['the log ended'])
  expect(opened).toHaveLength(1)
})
