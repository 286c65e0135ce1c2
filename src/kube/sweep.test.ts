import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatError } from '../error.ts'
import { type FakeApiServer, startFakeApiServer } from './fake-api-server.ts'
import { sweep, type Trace, traces } from './sweep.ts'

const { signal } = new AbortController()
const POLICIES = '/apis/security.istio.io/v1/namespaces/foo/peerauthentications'

let server: FakeApiServer
beforeEach(async () => {
  server = await startFakeApiServer()
  put('/api/v1/namespaces', 'foo')
  put('/api/v1/namespaces', 'tmp', { run: 'dead' })
  put('/api/v1/namespaces/foo/configmaps', 'a', { run: 'dead' })
  put('/api/v1/namespaces/bar/configmaps', 'a', { run: 'older' })
  put(POLICIES, 'default', { run: 'dead' })
  put(POLICIES, 'mine', { run: 'live' })
  put(POLICIES, 'theirs')
  put('/apis/apps/v1/namespaces/foo/deployments', 'd', { run: 'dead' })
  put('/api/v1/namespaces/foo/pods', 'd-1', { run: 'dead', ownerReferences: [{ kind: 'ReplicaSet' }] })
  put('/apis/coordination.k8s.io/v1/namespaces/foo/leases', 'l', { run: 'dead' })
})
afterEach(() => server.close())

function put(
  collection: string,
  name: string,
  { run, ...rest }: { run?: string; ownerReferences?: object[]; finalizers?: string[] } = {},
): void {
  const namespace = collection.match(/namespaces\/([^/]+)\//)?.[1]
  const labels = run === undefined ? {} : { 'meshproof.dev/run': run }
  server.objects.put(`${collection}/${name}`, { metadata: { name, ...(namespace ? { namespace } : {}), labels, ...rest } })
}
const names = (found: readonly Trace[]): string[] =>
  found.map(({ key, run }) => `${key.kind}/${key.name}.${key.namespace} ${run}`).toSorted()

test("the traces of a run are its own objects, not others', nor what the cluster made of them, nor kinds that we never apply", async () => {
  expect(names(await traces(server.cluster, 'dead'))).toMatchInlineSnapshot(`
    [
      "ConfigMap/a.foo dead",
      "Deployment/d.foo dead",
      "Namespace/tmp. dead",
      "PeerAuthentication/default.foo dead",
    ]
  `)
})

test('a kind that is served in two versions is listed in one', async () => {
  await traces(server.cluster, 'dead')
  expect(server.seen.filter((asked) => asked.includes('peerauthentications'))).toEqual([
    'GET /apis/security.istio.io/v1/peerauthentications?labelSelector=meshproof.dev%2Frun%3Ddead',
  ])
})

test('a sweep removes what dead runs left and nothing else', async () => {
  const removed = await sweep(server.cluster, { except: 'live', signal })
  expect(names(removed)).toMatchInlineSnapshot(`
    [
      "ConfigMap/a.bar older",
      "ConfigMap/a.foo dead",
      "Deployment/d.foo dead",
      "Namespace/tmp. dead",
      "PeerAuthentication/default.foo dead",
    ]
  `)
  expect(names(await traces(server.cluster, 'live'))).toEqual(['PeerAuthentication/mine.foo live'])
  expect(server.objects.get(`${POLICIES}/theirs`)).toBeDefined()
  expect(server.objects.get('/api/v1/namespaces/foo')).toBeDefined()
  expect(await sweep(server.cluster, { except: 'live', signal })).toEqual([])
})

test('a sweep of some namespaces leaves the others', async () => {
  expect(names(await sweep(server.cluster, { namespaces: ['bar', 'tmp'], signal }))).toEqual([
    'ConfigMap/a.bar older',
    'Namespace/tmp. dead',
  ])
})

test('one object that cannot be removed is named, and all others are gone', async () => {
  server.next(`DELETE ${POLICIES}/default`, { status: 500, message: 'etcdserver: request timed out' })
  const text = await sweep(server.cluster, { except: 'live', signal }).then(() => 'swept', formatError)
  expect(text).toMatchInlineSnapshot(`
    "1 of 5 objects of earlier runs could not be removed or restored [sweep-incomplete]
      seen:     PeerAuthentication/default.foo of run dead: 500: etcdserver: request timed out
      because:  the API server refused to delete PeerAuthentication/default.foo
      next:     kubectl get PeerAuthentication.security.istio.io default -n foo -o yaml"
  `)
  expect(names(await traces(server.cluster, 'dead'))).toEqual(['PeerAuthentication/default.foo dead'])
})

test('an abort ends a sweep', async () => {
  const abort = new AbortController()
  put(POLICIES, 'default', { run: 'dead', finalizers: ['guard.example/wait'] })
  const sweeping = sweep(server.cluster, { signal: abort.signal })
  await expect.poll(() => server.seen).toContain(`GET ${POLICIES}/default`)
  abort.abort(new Error('interrupted'))
  await expect(sweeping).rejects.toThrow('interrupted')
})
