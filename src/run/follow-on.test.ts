import { afterEach, expect, test } from 'vitest'
import { FakeProxies } from './fake-proxies.ts'
import { followOn } from './follow-on.ts'

const ID = 'mp-test-1'
const proxies = new FakeProxies()
const { signal } = new AbortController()
afterEach(() => proxies.close())

async function proxy(name: string, ip: string) {
  const { end, ear, says } = await proxies.open(name, { ip, port: 9080 })
  const came = (lines: number) => expect.poll(() => ear.log.mark).toBe(lines)
  return { ear: { end, ...ear }, says: (line: object) => says({ requestId: ID, ...line }), came }
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
  const { hops } = await followOn({ requestId: ID, probe: null, from: page.ear, hops: [reviews.ear, ratings.ear], signal })
  expect(hops.map(({ end, line }) => [end.pod.name, line.connection])).toEqual([
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
  const { hops } = await followOn({ requestId: ID, probe: '10.0.0.3:4000', from: page.ear, hops: [ratings.ear], signal })
  expect(hops.map(({ end, line }) => [end.pod.name, line.connection])).toEqual([['ratings', 7]])
})

test('a request that never left the proxy leads nowhere', async () => {
  const page = await proxy('page', '10.0.0.1')
  page.says(out('10.0.0.2:9080', null))
  await page.came(1)
  expect(await followOn({ requestId: ID, probe: null, from: page.ear, hops: [], signal })).toEqual({ hops: [] })
})

test('a request that went where nobody listens is not followed, and that is said', async () => {
  const [page, reviews] = [await proxy('page', '10.0.0.1'), await proxy('reviews', '10.0.0.2')]
  page.says(out('10.0.0.9:9080', '10.0.0.1:5000'))
  await page.came(1)
  expect(await followOn({ requestId: ID, probe: null, from: page.ear, hops: [reviews.ear], signal })).toEqual({
    hops: [],
    gap: '10.0.0.9:9080 (outbound|9080||x) was asked in turn, which `through` does not name',
  })
})

test('what was found of a way stays known where the rest of it is not', async () => {
  const [page, reviews] = [await proxy('page', '10.0.0.1'), await proxy('reviews', '10.0.0.2')]
  page.says(out('10.0.0.2:9080', '10.0.0.1:5000'))
  await page.came(1)
  reviews.says(out('10.0.0.3:9080', '10.0.0.2:5000'))
  reviews.says({ directRemote: '10.0.0.1:5000', connection: 7 })
  const { hops, gap } = await followOn({ requestId: ID, probe: null, from: page.ear, hops: [reviews.ear], signal })
  expect(hops.map(({ line }) => line.connection)).toEqual([7])
  expect(gap).toContain('10.0.0.3:9080')
})

test('a request whose line never comes is not followed either', async () => {
  const [page, reviews] = [await proxy('page', '10.0.0.1'), await proxy('reviews', '10.0.0.2')]
  page.says(out('10.0.0.2:9080', '10.0.0.1:5000'))
  await page.came(1)
  expect(await followOn({ requestId: ID, probe: null, from: page.ear, hops: [reviews.ear], signal })).toMatchObject({
    hops: [],
    gap: expect.stringMatching(/^the proxy of reviews.* logged nothing of the request that came to it from 10.0.0.1:5000$/),
  })
})

test('a log without request ids leads nowhere, and that is said', async () => {
  const page = await proxy('page', '10.0.0.1')
  page.says({ ...out('10.0.0.2:9080', '10.0.0.1:5000'), requestId: undefined })
  await page.came(1)
  expect(await followOn({ requestId: ID, probe: null, from: page.ear, hops: [], signal })).toMatchObject({
    hops: [],
    gap: expect.stringContaining('no request ids'),
  })
})
