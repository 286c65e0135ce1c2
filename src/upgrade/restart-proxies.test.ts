import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeApiServer, startFakeApiServer } from '../kube/fake-api-server.ts'
import { restartProxies } from './restart-proxies.ts'

const { signal } = new AbortController()
const OLD = 'hub/proxyv2:1.30'
const NEW = 'hub/proxyv2:1.31'

let server: FakeApiServer
beforeEach(async () => {
  server = await startFakeApiServer()
})
afterEach(() => server.close())

function put(app: string, sidecar: string | undefined, { native = false } = {}): void {
  const labels = { app }
  const proxy = sidecar === undefined ? [] : [{ name: 'istio-proxy', image: sidecar }]
  server.objects.put(`/apis/apps/v1/namespaces/foo/deployments/${app}`, {
    metadata: { name: app, namespace: 'foo', generation: 1 },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: {} } },
    status: { observedGeneration: 1, updatedReplicas: 1, readyReplicas: 1, replicas: 1 },
  })
  server.objects.put(`/api/v1/namespaces/foo/pods/${app}-1`, {
    metadata: { name: `${app}-1`, namespace: 'foo', labels },
    spec: native ? { containers: [], initContainers: proxy } : { containers: proxy },
  })
}

function restarted(): string[] {
  return server.seen.filter((asked) => asked.startsWith('PATCH')).map((asked) => asked.split('/').at(-1) ?? '')
}

test('only workloads with another sidecar are restarted, native sidecars among them', async () => {
  put('old', OLD)
  put('native', OLD, { native: true })
  put('new', NEW)
  put('plain', undefined)
  const done = restartProxies({ cluster: server.cluster, namespaces: ['foo'], image: NEW, signal })
  await expect.poll(() => restarted().sort()).toEqual(['native', 'old'])
  put('old', NEW)
  put('native', NEW, { native: true })
  await done
  expect(restarted().sort()).toEqual(['native', 'old'])
})

test('it is not over while an old pod still ends, or a rollout is under way', async () => {
  put('old', OLD)
  let over = false
  const done = restartProxies({ cluster: server.cluster, namespaces: ['foo'], image: NEW, signal }).then(() => {
    over = true
  })
  await expect.poll(restarted).toEqual(['old'])
  const path = '/apis/apps/v1/namespaces/foo/deployments/old'
  const rolling = server.objects.get(path)
  put('old', NEW)
  if (rolling)
    server.objects.put(path, { ...rolling, status: { observedGeneration: 1, updatedReplicas: 1, readyReplicas: 1, replicas: 2 } })
  const looks = () => server.seen.filter((asked) => asked.startsWith('GET') && asked.includes('/deployments')).length
  const before = looks()
  await expect.poll(looks).toBeGreaterThan(before + 1)
  expect(over).toBe(false)
  put('old', NEW)
  await done
  expect(over).toBe(true)
})

test('a mesh that is new already is left alone', async () => {
  put('new', NEW)
  await restartProxies({ cluster: server.cluster, namespaces: ['foo'], image: NEW, signal })
  expect(restarted()).toEqual([])
})
