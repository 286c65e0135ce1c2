import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { OWNER_LABEL } from '../kube/cluster.ts'
import { KIND_FOLDER } from './kind-folder.ts'
import { readVersions } from './versions.ts'
import { OWNER, STAMP_LABEL, type WorldApp, worldApp, worldNamespace } from './world-objects.ts'

const apps = (await readdir(`${KIND_FOLDER}apps`)).map((file) => file.replace(/\.yaml$/, ''))

async function read(app: string, mesh: boolean, captureImage = 'netshoot:1'): Promise<WorldApp> {
  return worldApp({ app, namespace: 'foo', mesh, captureImage, text: await readFile(`${KIND_FOLDER}apps/${app}.yaml`, 'utf8') })
}

interface Template {
  readonly metadata: { readonly labels: Record<string, string> }
  readonly spec: {
    readonly containers: { name: string; image: string; imagePullPolicy: string; lifecycle?: unknown }[]
    readonly terminationGracePeriodSeconds: number
  }
}

function templateOf({ objects }: WorldApp): Template {
  const deployment = objects.find(({ kind }) => kind === 'Deployment') as unknown as { spec: { template: Template } }
  return deployment.spec.template
}

test.each(apps)('%s: every object is labelled, stamped and in its namespace, and its pods are known by their labels', async (app) => {
  const made = await read(app, true)
  expect(made.objects.map(({ kind }) => kind).filter((kind) => kind !== 'ConfigMap')).toEqual(['ServiceAccount', 'Service', 'Deployment'])
  for (const { kind, metadata } of made.objects) {
    const stamp = kind === 'Deployment' ? made.stamp : expect.stringMatching(/^[0-9a-f]{12}$/)
    expect(metadata).toMatchObject({ namespace: 'foo', labels: { [OWNER_LABEL]: OWNER, [STAMP_LABEL]: stamp } })
  }
  const { metadata } = templateOf(made)
  expect(metadata.labels).toMatchObject({ ...made.podLabels, [OWNER_LABEL]: OWNER, [STAMP_LABEL]: made.stamp })
})

test.each(apps)('%s: its pods can start without a registry, from an image that is pinned', async (app) => {
  const { apps: pins } = await readVersions()
  const pinned = Object.values(pins).map(({ image }) => image)
  for (const { image, imagePullPolicy } of templateOf(await read(app, true, pins.capture.image)).spec.containers) {
    expect(imagePullPolicy).toBe('IfNotPresent')
    expect(pinned).toContain(image)
  }
})

const AT_ONCE = ['sleep', 'jwks', 'kyverno-authz']

test.each(apps.flatMap((app) => [[app, true] as const, [app, false] as const]))(
  '%s, in the mesh %s: a server ends only after everybody knows that it is going; a client, and who must not answer when it is taken away, at once',
  async (app, mesh) => {
    const { containers, terminationGracePeriodSeconds } = templateOf(await read(app, mesh)).spec
    expect(terminationGracePeriodSeconds).toBe(AT_ONCE.includes(app) ? 1 : 10)
    const drain = AT_ONCE.includes(app) ? undefined : { preStop: { sleep: { seconds: 5 } } }
    for (const { lifecycle } of containers) expect(lifecycle).toEqual(drain)
  },
)

test('versions of one app share their service and account, and no pod', async () => {
  const [one, other] = await Promise.all([read('reviews-v1', true), read('reviews-v2', true)])
  expect(one.objects.filter(({ kind }) => kind !== 'Deployment')).toEqual(other.objects.filter(({ kind }) => kind !== 'Deployment'))
  expect([one.podLabels, other.podLabels]).toEqual([
    { app: 'reviews', version: 'v1' },
    { app: 'reviews', version: 'v2' },
  ])
})

test('an app without pods is refused: it would be ready whatever happens', () => {
  const text = 'apiVersion: v1\nkind: Service\nmetadata: { name: bare }\n'
  expect(() => worldApp({ app: 'bare', namespace: 'foo', mesh: true, captureImage: '', text })).toThrow('has no Deployment')
})

test('only servers without a sidecar get a capture container', async () => {
  const names = async (app: string, mesh: boolean) => templateOf(await read(app, mesh)).spec.containers.map(({ name }) => name)
  expect(await names('httpbin', true)).toEqual(['httpbin'])
  expect(await names('httpbin', false)).toEqual(['httpbin', 'capture'])
  expect(await names('sleep', false)).toEqual(['sleep'])
  expect(await names('ext-authz', true)).toEqual(['ext-authz', 'capture'])
})

test('the stamp changes with whatever changes the pods, and with nothing else', async () => {
  const { stamp } = await read('httpbin', true)
  expect((await read('httpbin', true, 'netshoot:2')).stamp).toBe(stamp)
  const outside = (await read('httpbin', false)).stamp
  expect(outside).not.toBe(stamp)
  expect((await read('httpbin', false, 'netshoot:2')).stamp).not.toBe(outside)
})

test('a manifest that is no YAML names its file', () => {
  expect(() => worldApp({ app: 'bad', namespace: 'foo', mesh: true, captureImage: '', text: 'kind: [' })).toThrow(
    'kind/apps/bad.yaml cannot be read',
  )
})

test('a namespace outside the mesh says so, so that a default injection cannot take it in', () => {
  expect(worldNamespace({ name: 'legacy', mesh: false }).metadata['labels']).toMatchObject({ 'istio-injection': 'disabled' })
})
