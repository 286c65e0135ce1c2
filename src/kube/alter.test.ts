import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatError } from '../error.ts'
import { ALTERED_LABEL, alter, listAltered, restore } from './alter.ts'
import type { AnyObject } from './cluster.ts'
import { type FakeApiServer, startFakeApiServer } from './fake-api-server.ts'
import { sweep, traces } from './sweep.ts'

const { signal } = new AbortController()
const key = { group: '', kind: 'ConfigMap', name: 'istio', namespace: 'istio-system' }
const PATH = '/api/v1/namespaces/istio-system/configmaps/istio'
const ORIGINAL = { metadata: { name: 'istio', namespace: 'istio-system', labels: { app: 'istiod' } }, data: { mesh: 'a: 1', other: 'o' } }

let server: FakeApiServer
beforeEach(async () => {
  server = await startFakeApiServer()
  server.objects.put(PATH, ORIGINAL)
})
afterEach(() => server.close())

const text = (mesh: string) => () => ({ data: { mesh } })
const now = () => {
  const object = server.objects.get(PATH)
  return { data: object?.['data'], labels: object?.metadata.labels ?? {}, annotations: object?.metadata['annotations'] ?? {} }
}

test('an object that was altered twice is restored to what it was at first', async () => {
  await alter(server.cluster, key, { runId: 'r1', signal, change: text('a: 2') })
  const changed: AnyObject[] = []
  await alter(server.cluster, key, {
    runId: 'r1',
    signal,
    change: (object) => {
      changed.push(object)
      return { data: { mesh: 'a: 3', extra: 'e' } }
    },
  })
  expect(changed.map((object) => object['data'])).toEqual([{ mesh: 'a: 2', other: 'o' }])
  expect(now()).toEqual({
    data: { mesh: 'a: 3', other: 'o', extra: 'e' },
    labels: { app: 'istiod', [ALTERED_LABEL]: 'r1' },
    annotations: { 'meshproof.dev/run-undo': '{"data":{"mesh":"a: 1","extra":null}}' },
  })
  expect(await restore(server.cluster, key, { signal })).toBe('restored')
  expect(now()).toEqual({ data: ORIGINAL.data, labels: { app: 'istiod' }, annotations: {} })
  expect(await restore(server.cluster, key, { signal })).toBe('unaltered')
})

test('what others change meanwhile is kept, and the change is made on top of it', async () => {
  let looks = 0
  await alter(server.cluster, key, {
    runId: 'r1',
    signal,
    change: () => {
      looks += 1
      // Between our reading and our writing.
      if (looks === 1) server.objects.put(PATH, { ...ORIGINAL, data: { mesh: 'a: 9', other: 'theirs' } })
      return { data: { mesh: 'ours' } }
    },
  })
  expect({ looks, data: now().data }).toEqual({ looks: 2, data: { mesh: 'ours', other: 'theirs' } })
  await restore(server.cluster, key, { signal })
  expect(now().data).toEqual({ mesh: 'a: 9', other: 'theirs' })
})

test('what a dead run altered is found, is a leak, and is restored by the sweep, never removed', async () => {
  await alter(server.cluster, key, { runId: 'dead', signal, change: text('b: 1') })
  expect(await listAltered(server.cluster)).toEqual([{ key, run: 'dead' }])
  expect(await traces(server.cluster, 'dead')).toEqual([{ key, run: 'dead' }])
  expect(await sweep(server.cluster, { except: 'dead', signal })).toEqual([])
  expect(now().data).toEqual({ mesh: 'b: 1', other: 'o' })
  expect(await sweep(server.cluster, { except: 'next', signal })).toEqual([{ key, run: 'dead' }])
  expect(now()).toEqual({ data: ORIGINAL.data, labels: { app: 'istiod' }, annotations: {} })
})

test('an object that is not there cannot be altered; restoring it is no fault', async () => {
  server.objects.drop(PATH)
  expect(await restore(server.cluster, key, { signal })).toBe('absent')
  const altering = alter(server.cluster, key, { runId: 'r1', signal, change: text('') })
  await expect(altering).rejects.toThrow('there is no ConfigMap istio in istio-system that could be changed')
})

test('a refusal of the API server is what the error tells', async () => {
  server.next('PATCH', { status: 403, message: 'configmaps "istio" is forbidden', reason: 'Forbidden' })
  const error: unknown = await alter(server.cluster, key, { runId: 'r1', signal, change: text('') }).catch((fault: unknown) => fault)
  expect(formatError(error)).toMatchInlineSnapshot(`
    "the API server refused to change ConfigMap/istio.istio-system [api-forbidden]
      seen:     403 Forbidden: configmaps "istio" is forbidden
      next:     kubectl auth can-i --list"
  `)
})
