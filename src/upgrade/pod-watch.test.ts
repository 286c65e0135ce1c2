import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeApiServer, startFakeApiServer } from '../kube/fake-api-server.ts'
import type { PodView } from '../kube/get.ts'
import { watchPods } from './pod-watch.ts'

let server: FakeApiServer
let closing: AbortController
let told: string[]
beforeEach(async () => {
  server = await startFakeApiServer()
  closing = new AbortController()
  told = []
})
afterEach(async () => {
  closing.abort()
  await server.close()
})

function put(name: string, { phase = 'Running', ready = true, namespace = 'a' } = {}): void {
  server.objects.put(`/api/v1/namespaces/${namespace}/pods/${name}`, {
    metadata: { name, namespace, uid: `uid-${name}`, labels: { app: 'echo', 'meshproof.dev/owner': 'meshproof' } },
    spec: { containers: [] },
    status: { phase, podIP: '10.0.0.1', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  })
}

function watch(onPod: (pod: PodView) => Promise<void> = async () => undefined): void {
  void watchPods({
    ...{ cluster: server.cluster, apps: ['echo'], namespaces: ['a'], signal: closing.signal },
    onPod: async (pod) => {
      told.push(`here ${pod.name}`)
      await onPod(pod)
    },
    onLeaving: async (pod) => void told.push(`leaves ${pod.name}`),
    onFault: (error) => told.push(`fault ${error instanceof Error ? error.message : String(error)}`),
  })
}

test('a pod is told of once it runs, ready or not, and once', async () => {
  put('echo-1', { phase: 'Pending', ready: false })
  watch()
  const looks = () => server.seen.length
  await expect.poll(looks).toBeGreaterThan(2)
  expect(told).toEqual([])
  put('echo-1', { ready: false })
  await expect.poll(() => told).toEqual(['here echo-1'])
  const before = looks()
  await expect.poll(looks).toBeGreaterThan(before + 2)
  expect(told).toEqual(['here echo-1'])
})

test('a pod leaves when it is ready no more, or gone, and once', async () => {
  put('echo-1')
  put('echo-2')
  watch()
  await expect.poll(() => told.toSorted()).toEqual(['here echo-1', 'here echo-2'])
  put('echo-1', { ready: false })
  server.objects.drop('/api/v1/namespaces/a/pods/echo-2')
  await expect.poll(() => told.slice(2).sort()).toEqual(['leaves echo-1', 'leaves echo-2'])
  server.objects.drop('/api/v1/namespaces/a/pods/echo-1')
  const before = server.seen.length
  await expect.poll(() => server.seen.length).toBeGreaterThan(before + 2)
  expect(told).toHaveLength(4)
})

test('whoever could not be attended to is told of again', async () => {
  put('echo-1')
  let tries = 0
  watch(async () => {
    tries += 1
    if (tries === 1) throw new Error('no capture')
  })
  await expect.poll(() => told).toEqual(['here echo-1', 'fault no capture', 'here echo-1'])
})

test('pods of other namespaces are nobody of ours', async () => {
  put('echo-9', { namespace: 'b' })
  put('echo-1')
  watch()
  await expect.poll(() => told).toEqual(['here echo-1'])
})
