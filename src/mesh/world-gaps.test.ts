import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { OWNER_LABEL } from '../kube/cluster.ts'
import type { PodView } from '../kube/get.ts'
import { KIND_FOLDER } from './kind-folder.ts'
import { type SeenWorld, worldGaps } from './world-gaps.ts'
import { OWNER, STAMP_LABEL, type WorldApp, worldApp } from './world-objects.ts'

const text = await readFile(`${KIND_FOLDER}apps/httpbin.yaml`, 'utf8')
const foo = { name: 'foo', mesh: true }
const httpbin = worldApp({ app: 'httpbin', namespace: 'foo', mesh: true, text, captureImage: 'netshoot:1' })
const labels = { app: 'httpbin', [OWNER_LABEL]: OWNER, [STAMP_LABEL]: httpbin.stamp }
const services = [{ name: 'httpbin', namespace: 'foo', labels: labelsOf(httpbin, 'Service') }]

const pod: PodView = {
  ...{ name: 'httpbin-1', namespace: 'foo', uid: '1', ip: '10.0.0.1', labels, serviceAccount: 'httpbin' },
  ...{ ready: true, phase: 'Running', lifeline: '', containers: ['httpbin', 'istio-proxy'] },
}
const namespace = { name: 'foo', labels: { 'istio-injection': 'enabled' }, terminating: false }
const whole: SeenWorld = { namespaces: [namespace], services, pods: [pod] }

function labelsOf({ objects }: WorldApp, kind: string): Record<string, string> {
  return objects.find((object) => object.kind === kind)?.metadata['labels'] as Record<string, string>
}

function gaps(change: Partial<SeenWorld>): string[] {
  return worldGaps([foo], [httpbin], { ...whole, ...change }).map(({ mend, text: said }) => `${mend}: ${said}`)
}

test('a world that is all there has no gap', () => {
  expect(gaps({})).toEqual([])
})

test('a namespace that was moved to a revision of istiod has no gap, unless the plain label would overrule it', () => {
  const moved = { ...namespace, labels: { 'istio.io/rev': 'canary' } }
  expect(gaps({ namespaces: [moved] })).toEqual([])
  const both = { ...namespace, labels: { 'istio.io/rev': 'canary', 'istio-injection': 'disabled' } }
  expect(gaps({ namespaces: [both] })).toEqual(['apply: namespace foo lacks istio-injection=enabled'])
})

test.each<[string, Partial<SeenWorld>, string[]]>([
  ['a missing namespace hides the gaps inside it', { namespaces: [], services: [], pods: [] }, ['apply: namespace foo is not there']],
  ['a namespace on its way out', { namespaces: [{ ...namespace, terminating: true }] }, ['wait: namespace foo is being deleted']],
  ['a namespace without injection', { namespaces: [{ ...namespace, labels: {} }] }, ['apply: namespace foo lacks istio-injection=enabled']],
  ['a missing service', { services: [] }, ['apply: httpbin.foo has no service as its manifest says']],
  [
    'a service of an older manifest',
    { services: [{ name: 'httpbin', namespace: 'foo', labels: {} }] },
    ['apply: httpbin.foo has no service as its manifest says'],
  ],
  ['no pod', { pods: [] }, ['apply: httpbin.foo has no pod']],
  [
    'a pod of an older manifest only',
    { pods: [{ ...pod, labels: { ...labels, [STAMP_LABEL]: 'old' } }] },
    ['apply: httpbin.foo has no pod'],
  ],
  [
    'an older pod beside the new one',
    { pods: [pod, { ...pod, name: 'httpbin-0', labels: { ...labels, [STAMP_LABEL]: 'old' } }] },
    ['wait: httpbin.foo still has an old pod'],
  ],
  [
    'a pod that is not ready',
    { pods: [{ ...pod, ready: false, phase: 'Pending' }] },
    ['wait: httpbin.foo is not ready: pod httpbin-1 is Pending'],
  ],
  [
    'a pod that missed its sidecar',
    { pods: [{ ...pod, containers: ['httpbin'] }] },
    ['pod: httpbin.foo has no sidecar in its pod httpbin-1'],
  ],
])('%s', (_, change, expected) => {
  expect(gaps(change)).toEqual(expected)
})

test('an app that leaves the mesh by its own label needs no sidecar', async () => {
  const authorizer = await readFile(`${KIND_FOLDER}apps/ext-authz.yaml`, 'utf8')
  expect(worldApp({ app: 'ext-authz', namespace: 'foo', mesh: true, text: authorizer, captureImage: 'netshoot:1' }).sidecar).toBe(false)
})

test('versions of one app are told apart: a pod of one is none of the other, and their service is looked for once', async () => {
  const version = async (app: string) =>
    worldApp({ app, namespace: 'foo', mesh: true, captureImage: '', text: await readFile(`${KIND_FOLDER}apps/${app}.yaml`, 'utf8') })
  const [one, other] = [await version('reviews-v1'), await version('reviews-v2')]
  const reviews = [{ name: 'reviews', namespace: 'foo', labels: labelsOf(one, 'Service') }]
  const podOf = ({ podLabels, stamp }: WorldApp) => ({ ...pod, labels: { ...podLabels, [OWNER_LABEL]: OWNER, [STAMP_LABEL]: stamp } })
  const said = (...pods: PodView[]) => worldGaps([foo], [one, other], { ...whole, services: reviews, pods }).map(({ text: gap }) => gap)
  expect(said(podOf(one))).toEqual(['reviews-v2.foo has no pod'])
  expect(said(podOf(one), podOf(other))).toEqual([])
})
