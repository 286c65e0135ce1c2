import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatError } from '../error.ts'
import type { Manifest } from '../scenario/model.ts'
import { apply } from './apply.ts'
import { type FakeApiServer, startFakeApiServer } from './fake-api-server.ts'
import { get, list } from './get.ts'
import { remove } from './remove.ts'

const PATH = '/apis/security.istio.io/v1/namespaces/foo/peerauthentications/default'
const key = { group: 'security.istio.io', kind: 'PeerAuthentication', name: 'default', namespace: 'foo' }
const manifest: Manifest = {
  apiVersion: 'security.istio.io/v1',
  kind: 'PeerAuthentication',
  metadata: { name: 'default', namespace: 'foo', labels: { team: 'a' } },
  spec: { mtls: { mode: 'STRICT' } },
}
const { signal } = new AbortController()

let server: FakeApiServer
beforeEach(async () => {
  server = await startFakeApiServer()
})
afterEach(() => server.close())

const errorOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error) => formatError(error).replaceAll(server.url, 'SERVER'),
  )

test('an applied object carries the run and keeps its own labels', async () => {
  const outcome = await apply(server.cluster, manifest, { runId: 'r1', signal })
  expect(outcome).toMatchObject({ kind: 'applied', applied: { key, warnings: [], resourceVersion: '101' } })
  expect(server.objects.get(PATH)?.metadata.labels).toEqual({ team: 'a', 'meshproof.dev/run': 'r1' })
  expect(server.seen.at(-1)).toBe(`PATCH ${PATH}?fieldManager=meshproof&force=true&fieldValidation=Strict`)
})

test('a second apply is one request: the kinds are known by then', async () => {
  await apply(server.cluster, manifest, { signal })
  const before = server.seen.length
  await apply(server.cluster, manifest, { signal })
  expect(server.seen.length - before).toBe(1)
})

test('an apply without a run leaves the labels alone', async () => {
  await apply(server.cluster, manifest, { signal })
  expect(server.objects.get(PATH)?.metadata.labels).toEqual({ team: 'a' })
})

test('every warning comes back whole: several headers, several in one, quotes and umlauts', async () => {
  const warning = [`299 - "first, with a comma", 299 istio "say \\"why\\""`, Buffer.from('299 - "für alle"').toString('latin1')]
  server.next('PATCH', { status: 200, body: { metadata: { resourceVersion: '7' } }, headers: { warning } })
  const outcome = await apply(server.cluster, manifest, { signal })
  expect(outcome).toMatchObject({ applied: { resourceVersion: '7', warnings: ['first, with a comma', 'say "why"', 'für alle'] } })
})

test.each([
  [400, 'admission webhook "validation.istio.io" denied the request: configuration is invalid: no rules'],
  [403, 'admission webhook "guard.example" denied the request: not you'],
  [422, 'PeerAuthentication.security.istio.io "default" is invalid: spec.mtls.mode: Unsupported value: "STRICTT"'],
  [422, "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"],
  [
    500,
    'failed to create typed patch object (foo/default; security.istio.io/v1, Kind=PeerAuthentication): .spec.x: field not declared in schema',
  ],
])('a %i of admission or schema is a refusal, not an error: %s', async (status, message) => {
  server.next('PATCH', { status, message })
  expect(await apply(server.cluster, manifest, { signal })).toEqual({ kind: 'refused', message })
})

test('a webhook that could not be called is asked again, and is no refusal', async () => {
  const failing = {
    status: 500,
    message: 'Internal error occurred: failed calling webhook "validation.istio.io": context deadline exceeded',
  }
  server.next('PATCH', failing, failing)
  expect(await apply(server.cluster, manifest, { signal })).toMatchObject({ kind: 'applied' })
  server.next('PATCH', failing, failing, failing, failing)
  expect(await errorOf(apply(server.cluster, manifest, { signal }))).toMatchInlineSnapshot(`
    "the API server could not ask its admission webhook to apply PeerAuthentication/default.foo [webhook-unreachable]
      seen:     500: Internal error occurred: failed calling webhook "validation.istio.io": context deadline exceeded
      next:     kubectl get pods -n istio-system; is istiod ready?"
  `)
})

test('an answer that the network lost is asked for again; applying twice changes nothing', async () => {
  await apply(server.cluster, manifest, { signal })
  server.next('PATCH', 'cut', 'cut')
  expect(await apply(server.cluster, manifest, { signal })).toMatchObject({ kind: 'applied' })
})

test('a missing right is no refusal of the object', async () => {
  server.next('PATCH', { status: 403, reason: 'Forbidden', message: 'peerauthentications "default" is forbidden: User "x" cannot patch' })
  expect(await errorOf(apply(server.cluster, manifest, { signal }))).toMatchInlineSnapshot(`
    "the API server refused to apply PeerAuthentication/default.foo [api-forbidden]
      seen:     403 Forbidden: peerauthentications "default" is forbidden: User "x" cannot patch
      next:     kubectl auth can-i --list"
  `)
})

test('a server error is tried once: it may have been judged', async () => {
  server.next('PATCH', { status: 500, message: 'etcdserver: request timed out' })
  expect(await errorOf(apply(server.cluster, manifest, { signal }))).toMatchInlineSnapshot(`
    "the API server refused to apply PeerAuthentication/default.foo [api-error]
      seen:     500: etcdserver: request timed out"
  `)
  expect(server.seen.filter((asked) => asked.startsWith('PATCH'))).toHaveLength(1)
})

test('an unknown kind is looked up once more, then named', async () => {
  const unknown = { ...manifest, kind: 'PeerAuthentification' }
  expect(await errorOf(apply(server.cluster, unknown, { signal }))).toMatchInlineSnapshot(`
    "the cluster fake does not know the kind PeerAuthentification.security.istio.io/v1 [kind-unknown]
      next:     kubectl api-resources --api-group security.istio.io; are the definitions installed?"
  `)
  expect(server.seen).toEqual(['GET /api', 'GET /apis', 'GET /api', 'GET /apis'])
})

test('an abort ends an apply that hangs', async () => {
  await apply(server.cluster, manifest, { signal })
  server.next('PATCH', 'hang')
  const abort = new AbortController()
  const reason = new Error('interrupted')
  const applying = apply(server.cluster, manifest, { signal: abort.signal })
  abort.abort(reason)
  await expect(applying).rejects.toBe(reason)
})

test('an object is removed once, then it is absent', async () => {
  await apply(server.cluster, manifest, { signal })
  expect(await remove(server.cluster, key, { signal })).toBe('removed')
  expect(await get(server.cluster, key)).toBeUndefined()
  expect(await remove(server.cluster, key, { signal })).toBe('absent')
})

test('removing waits for the finalizers', async () => {
  server.objects.put(PATH, { metadata: { name: 'default', namespace: 'foo', finalizers: ['guard.example/wait'] } })
  let gone = false
  const removing = remove(server.cluster, key, { signal }).then((end) => {
    expect(gone).toBe(true)
    return end
  })
  await expect.poll(() => server.seen.filter((asked) => asked === `GET ${PATH}`).length).toBeGreaterThan(1)
  gone = true
  server.objects.drop(PATH)
  expect(await removing).toBe('removed')
})

test('an object made anew under the same name is not waited for', async () => {
  server.objects.put(PATH, { metadata: { name: 'default', namespace: 'foo', finalizers: ['guard.example/wait'] } })
  const removing = remove(server.cluster, key, { signal })
  await expect.poll(() => server.seen.some((asked) => asked === `GET ${PATH}`)).toBe(true)
  server.objects.put(PATH, { metadata: { name: 'default', namespace: 'foo' } })
  expect(await removing).toBe('removed')
})

test('an object that stays is named with what holds it', async () => {
  server.objects.put(PATH, { metadata: { name: 'default', namespace: 'foo', finalizers: ['guard.example/wait'] } })
  expect(await errorOf(remove(server.cluster, key, { signal, deadlineMs: 300 }))).toMatchInlineSnapshot(`
    "PeerAuthentication/default.foo deleted: not within 0.3 s [not-removed]
      seen:     still there, held by finalizers: guard.example/wait"
  `)
})

test('a list is one namespace or all, picked by labels, each object with its kind', async () => {
  await apply(server.cluster, manifest, { runId: 'r1', signal })
  await apply(server.cluster, { ...manifest, metadata: { name: 'default', namespace: 'bar' } }, { signal })
  const kind = { group: 'security.istio.io', kind: 'PeerAuthentication' }
  expect(await list(server.cluster, kind)).toHaveLength(2)
  expect(await list(server.cluster, { ...kind, namespace: 'bar' })).toHaveLength(1)
  const [labelled, ...others] = await list(server.cluster, { ...kind, labelSelector: 'team=a' })
  expect(others).toEqual([])
  expect(labelled).toMatchObject({ apiVersion: 'security.istio.io/v1', kind: 'PeerAuthentication', metadata: { namespace: 'foo' } })
})

test('an API server that is gone is named', async () => {
  await server.close()
  const text = await errorOf(get(server.cluster, key))
  expect(text.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')).toMatchInlineSnapshot(`
    "no answer from the API server of fake to GET /api [api-unreachable]
      because:  connect ECONNREFUSED HOST
      next:     check that SERVER is up: kubectl --context fake version"
  `)
})
