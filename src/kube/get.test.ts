import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatError } from '../error.ts'
import { type FakeApiServer, startFakeApiServer } from './fake-api-server.ts'
import { get, listPods, readyEndpoints } from './get.ts'

let server: FakeApiServer
beforeEach(async () => {
  server = await startFakeApiServer()
})
afterEach(() => server.close())

const READY = [{ type: 'Ready', status: 'True' }]
function pod(name: string, { metadata = {}, spec = {}, status = {} }: { metadata?: object; spec?: object; status?: object } = {}): void {
  server.objects.put(`/api/v1/namespaces/foo/pods/${name}`, {
    metadata: { name, namespace: 'foo', uid: `uid-${name}`, labels: { app: 'sleep' }, ...metadata },
    spec: { serviceAccountName: 'sleep', containers: [{ name: 'sleep' }], ...spec },
    status: { phase: 'Running', podIP: '10.1.0.5', conditions: READY, ...status },
  })
}

test('a pod shows its address, its account and what runs in it, native sidecars too', async () => {
  pod('sleep-1', { spec: { initContainers: [{ name: 'istio-init' }, { name: 'istio-proxy', restartPolicy: 'Always' }] } })
  expect(await listPods(server.cluster, { namespace: 'foo', labelSelector: 'app=sleep' })).toMatchInlineSnapshot(`
    [
      {
        "containers": [
          "sleep",
          "istio-proxy",
        ],
        "ip": "10.1.0.5",
        "labels": {
          "app": "sleep",
        },
        "lifeline": "never ",
        "name": "sleep-1",
        "namespace": "foo",
        "phase": "Running",
        "ready": true,
        "serviceAccount": "sleep",
        "uid": "uid-sleep-1",
      },
    ]
  `)
})

test('a pod that is being deleted is not ready; one that is finished is not listed; one without an address has none', async () => {
  pod('dying', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } })
  pod('done', { status: { phase: 'Succeeded' } })
  pod('new', { status: { phase: 'Pending', podIP: undefined, conditions: undefined } })
  const pods = await listPods(server.cluster, { namespace: 'foo' })
  expect(pods.map(({ name, ready, ip }) => [name, ready, ip])).toEqual([
    ['dying', false, '10.1.0.5'],
    ['new', false, ''],
  ])
})

test('endpoints are those that take connections now', async () => {
  const targetRef = { kind: 'Pod', name: 'httpbin-1', uid: 'u1' }
  const slice = (name: string, service: string, rest: object): void =>
    server.objects.put(`/apis/discovery.k8s.io/v1/namespaces/foo/endpointslices/${name}`, {
      metadata: { name, namespace: 'foo', labels: { 'kubernetes.io/service-name': service } },
      ...rest,
    })
  slice('a', 'httpbin', {
    ports: [{ name: 'http', port: 8080 }],
    endpoints: [
      { addresses: ['10.1.0.1'], conditions: { ready: true }, targetRef },
      { addresses: ['10.1.0.2'], conditions: { ready: false } },
      { addresses: ['10.1.0.3'], conditions: { ready: true, terminating: true } },
    ],
  })
  slice('b', 'httpbin', { ports: null, endpoints: [{ addresses: ['192.0.2.1'] }] })
  slice('c', 'httpbin', { endpoints: null })
  slice('d', 'other', { endpoints: [{ addresses: ['10.1.0.9'] }] })
  expect(await readyEndpoints(server.cluster, { namespace: 'foo', name: 'httpbin' })).toEqual([
    { address: '10.1.0.1', podUid: 'u1', podName: 'httpbin-1', ports: [{ name: 'http', port: 8080 }] },
    { address: '192.0.2.1', podUid: '', podName: '', ports: [] },
  ])
})

test('a kept connection that the server closed meanwhile is no error', async () => {
  const key = { group: '', kind: 'ConfigMap', name: 'a', namespace: 'foo' }
  await get(server.cluster, key)
  server.next('GET', 'cut')
  expect(await get(server.cluster, key)).toBeUndefined()
})

test('a kind that was defined after the first look is found', async () => {
  const key = { group: 'security.istio.io', kind: 'PeerAuthentication', name: 'a', namespace: 'foo' }
  server.next('GET /apis', { status: 200, body: { kind: 'APIGroupDiscoveryList', items: [] } })
  expect(await get(server.cluster, key)).toBeUndefined()
})

test('a failed look at the kinds is not remembered', async () => {
  const key = { group: '', kind: 'ConfigMap', name: 'a', namespace: 'foo' }
  server.next('GET /apis', { status: 503, message: 'shutting down' })
  expect(await get(server.cluster, key).then(() => 'found', formatError)).toMatchInlineSnapshot(`
    "the API server refused to list its kinds (/apis) [api-error]
      seen:     503: shutting down"
  `)
  expect(await get(server.cluster, key)).toBeUndefined()
})

test('an API server without aggregated discovery is too old', async () => {
  server.next('GET /apis', { status: 200, body: { kind: 'APIGroupList' } })
  const key = { group: 'apps', kind: 'Deployment', name: 'a', namespace: 'foo' }
  expect(await get(server.cluster, key).then(() => 'found', formatError)).toMatchInlineSnapshot(`
    "the API server of fake has no aggregated discovery [kubernetes-too-old]
      expected: Kubernetes 1.27 or newer
      seen:     /apis answered with APIGroupList"
  `)
})

test('one object of a namespaced kind needs a namespace', async () => {
  const key = { group: '', kind: 'ConfigMap', name: 'a', namespace: '' }
  expect(await get(server.cluster, key).then(() => 'found', formatError)).toMatchInlineSnapshot(
    `"ConfigMap/a needs a namespace [namespace-missing]"`,
  )
})

test("the kubeconfig's token goes with each request", async () => {
  let sent: string | undefined
  server.onHeaders = (headers) => {
    sent = headers.authorization
  }
  await get(server.cluster, { group: '', kind: 'ConfigMap', name: 'a', namespace: 'foo' })
  expect(sent).toBe('Bearer fake-token')
})
