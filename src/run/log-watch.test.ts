import type http from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeApiServer, startFakeApiServer } from '../kube/fake-api-server.ts'
import type { LogAssertion } from '../scenario/model.ts'
import { watchLogs } from './log-watch.ts'

const where = { file: 'x.yaml', line: 1, column: 1 }
const assertion = (contains: string[], times = 1): LogAssertion => ({
  from: { app: 'authz', namespace: 'demo', text: 'authz.demo' },
  contains,
  times,
  where,
})

let server: FakeApiServer
/** Open logs, by container; what is written there has just been logged. */
const open: { container: string; whole: boolean; response: http.ServerResponse }[] = []
beforeEach(async () => {
  server = await startFakeApiServer()
  open.length = 0
  server.onLog = (response, query) => {
    response.writeHead(200).flushHeaders()
    open.push({ container: query.get('container') ?? '', whole: query.has('sinceSeconds'), response })
  }
  pod('authz-1')
})
afterEach(() => server.close())

function pod(name: string): void {
  const containers = [{ name: 'authz' }, { name: 'istio-proxy' }]
  const metadata = { name, namespace: 'demo', uid: `uid-${name}`, labels: { app: 'authz' } }
  server.objects.put(`/api/v1/namespaces/demo/pods/${name}`, { metadata, spec: { containers }, status: { phase: 'Running' } })
}

function watch(...logs: LogAssertion[]) {
  const { signal } = new AbortController()
  return watchLogs({ cluster: server.cluster, signal }, { logs })
}
const say = (line: string, at = 0) => open[at]?.response.write(`${line}\n`)

test('a line that came holds the assertion, with all its texts in one line and as often as asked for', async () => {
  const watching = await watch(assertion(['allow', '/book']), assertion(['deny'], 2))
  say('allow GET /book')
  say('deny POST /book')
  say('allow GET /movie')
  say('deny DELETE /book')
  expect(await watching.finish(200)).toEqual({
    logs: [
      { from: 'authz.demo', contains: ['allow', '/book'], times: 1, seen: 1, lines: ['allow GET /book'] },
      { from: 'authz.demo', contains: ['deny'], times: 2, seen: 2, lines: ['deny POST /book', 'deny DELETE /book'] },
    ],
    causes: [],
  })
  expect(open.map(({ container, whole }) => ({ container, whole }))).toEqual([{ container: 'authz', whole: false }])
  watching.close()
})

test('a line that does not come is missing, and the log tells what came instead', async () => {
  const watching = await watch(assertion(['deny'], 2), assertion(['panic']))
  say('allow GET /book')
  say('deny POST /book')
  const { causes } = await watching.finish(200)
  expect(causes).toMatchInlineSnapshot(`
    [
      {
        "code": "missing-log",
        "message": "authz.demo wrote 1 of 2 lines with "deny" in this step; it wrote 1 other line, at last: allow GET /book",
      },
      {
        "code": "missing-log",
        "message": "authz.demo wrote no line with "panic" in this step; it wrote 2 other lines, at last: deny POST /book",
      },
    ]
  `)
  watching.close()
})

test('a pod that comes while the step runs is heard from its first line on', async () => {
  const watching = await watch(assertion(['ready']))
  pod('authz-2')
  await watching.join()
  expect(open.map(({ whole }) => whole)).toEqual([false, true])
  say('ready', 1)
  expect(await watching.finish(200)).toMatchObject({ causes: [], logs: [{ seen: 1 }] })
  watching.close()
})

test('a log that broke off proves nothing, one that ended with its pod does', async () => {
  const watching = await watch(assertion(['bye']))
  say('bye')
  open[0]?.response.end()
  expect((await watching.finish(200)).causes).toEqual([])
  watching.close()

  const broken = await watch(assertion(['bye']))
  open[1]?.response.write('by')
  open[1]?.response.destroy()
  const { causes } = await broken.finish(200)
  expect(causes.map(({ code }) => code)).toEqual(['missing-log', 'log-lost'])
  broken.close()
})
