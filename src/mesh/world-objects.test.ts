import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { OWNER_LABEL } from '../kube/cluster.ts'
import { KIND_FOLDER } from './kind-folder.ts'
import { OWNER, STAMP_LABEL, type WorldApp, worldApp, worldNamespace } from './world-objects.ts'

const apps = (await readdir(`${KIND_FOLDER}apps`)).map((file) => file.replace(/\.yaml$/, ''))

async function read(app: string, mesh: boolean, captureImage = 'netshoot:1'): Promise<WorldApp> {
  return worldApp({ app, namespace: 'foo', mesh, captureImage, text: await readFile(`${KIND_FOLDER}apps/${app}.yaml`, 'utf8') })
}

interface Template {
  readonly metadata: { readonly labels: Record<string, string> }
  readonly spec: {
    readonly containers: { name: string; image: string; imagePullPolicy: string }[]
    readonly terminationGracePeriodSeconds: number
  }
}

function templateOf({ objects }: WorldApp): Template {
  const deployment = objects.find(({ kind }) => kind === 'Deployment') as unknown as { spec: { template: Template } }
  return deployment.spec.template
}

test.each(apps)(
  '%s: every object is labelled, stamped and in its namespace, its pods can start without a registry and end at once',
  async (app) => {
    const made = await read(app, true)
    expect(made.objects.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'Service', 'Deployment'])
    for (const { metadata } of made.objects) {
      expect(metadata).toMatchObject({ name: app, namespace: 'foo', labels: { [OWNER_LABEL]: OWNER, [STAMP_LABEL]: made.stamp } })
    }
    const { metadata, spec } = templateOf(made)
    expect(metadata.labels).toMatchObject({ app, [OWNER_LABEL]: OWNER, [STAMP_LABEL]: made.stamp })
    expect(spec.terminationGracePeriodSeconds).toBeLessThanOrEqual(1)
    for (const { imagePullPolicy } of spec.containers) expect(imagePullPolicy).toBe('IfNotPresent')
  },
)

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
