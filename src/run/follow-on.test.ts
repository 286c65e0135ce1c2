import type http from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeApiServer, startFakeApiServer } from '../kube/fake-api-server.ts'
import type { PodView } from '../kube/get.ts'
import { type AccessLog, openAccessLog } from '../probe/access-log.ts'
import { followOn, type HopEar } from './follow-on.ts'

const ID = 'mp-test-1'
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

/** A pod's proxy: what is said into its log comes as lines of JSON. */
async function proxy(name: string, ip: string) {
  const log = await openAccessLog(server.cluster, { namespace: 'foo', pod: name, container: 'istio-proxy' }, signal)
  logs.push(log)
  const sink = sinks.at(-1)
  const says = (line: object) => sink?.write(`${JSON.stringify({ token: null, requestId: ID, connection: 1, ...line })}\n`)
  const pod: PodView = {
    ...{ name, namespace: 'foo', uid: name, ip, labels: {}, serviceAccount: 'default' },
    ...{ ready: true, phase: 'Running', containers: ['istio-proxy'], lifeline: '' },
  }
  const ear: HopEar = { end: { pod, port: 9080 }, log, mark: log.mark }
  const came = (lines: number) => expect.poll(() => log.mark).toBe(lines)
  return { ear, says, came }
}

const out = (upstreamHost: string, upstreamLocal: string | null) => ({ upstreamCluster: 'outbound|9080||x', upstreamHost, upstreamLocal })

test('a request is followed from proxy to proxy by its id and its connections', async () => {
  const [page, reviews, ratings] = [await proxy('page', '10.0.0.1'), await proxy('reviews', '10.0.0.2'), await proxy('ratings', '10.0.0.3')]
  page.says(out('10.0.0.2:9080', '10.0.0.1:5000'))
  page.says({ ...out('10.0.0.3:9080', '10.0.0.1:6000'), requestId: 'mp-other' })
  await page.came(2)
  reviews.says(out('10.0.0.3:9080', '10.0.0.2:5000'))
  reviews.says({ directRemote: '10.0.0.1:5000', connection: 7 })
  ratings.says({ directRemote: '10.0.0.2:5000', connection: 8, requestId: 'mp-earlier' })
  ratings.says({ directRemote: '10.0.0.2:5000', connection: 9 })
  const hops = await followOn({ requestId: ID, probe: null, from: page.ear, hops: [reviews.ear, ratings.ear], signal })
  expect(hops?.map(({ end, line }) => [end.pod.name, line.connection])).toEqual([
    ['reviews', 7],
    ['ratings', 9],
  ])
})

test('a pod behind may be the one that asks: its own question is not one that it was made to ask', async () => {
  const [page, ratings] = [await proxy('page', '10.0.0.1'), await proxy('ratings', '10.0.0.3')]
  page.says(out('10.0.0.3:9080', '10.0.0.1:5000'))
  await page.came(1)
  ratings.says(out('10.0.0.1:9080', '10.0.0.3:4000'))
  ratings.says({ directRemote: '10.0.0.1:5000', connection: 7 })
  const hops = await followOn({ requestId: ID, probe: '10.0.0.3:4000', from: page.ear, hops: [ratings.ear], signal })
  expect(hops?.map(({ end, line }) => [end.pod.name, line.connection])).toEqual([['ratings', 7]])
})

test('a request that never left the proxy leads nowhere', async () => {
  const page = await proxy('page', '10.0.0.1')
  page.says(out('10.0.0.2:9080', null))
  await page.came(1)
  expect(await followOn({ requestId: ID, probe: null, from: page.ear, hops: [], signal })).toEqual([])
})

test('a request that went where nobody listens is not followed, and that is said', async () => {
  const [page, reviews] = [await proxy('page', '10.0.0.1'), await proxy('reviews', '10.0.0.2')]
  page.says(out('10.0.0.9:9080', '10.0.0.1:5000'))
  await page.came(1)
  expect(await followOn({ requestId: ID, probe: null, from: page.ear, hops: [reviews.ear], signal })).toBeUndefined()
})

test('a request whose line never comes is not followed either', async () => {
  const [page, reviews] = [await proxy('page', '10.0.0.1'), await proxy('reviews', '10.0.0.2')]
  page.says(out('10.0.0.2:9080', '10.0.0.1:5000'))
  await page.came(1)
  expect(await followOn({ requestId: ID, probe: null, from: page.ear, hops: [reviews.ear], signal })).toBeUndefined()
})
