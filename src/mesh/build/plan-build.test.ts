import { expect, test } from 'vitest'
import { buildPinsOf, readVersions, type Versions } from '../versions.ts'
import { announcement } from './build-artifacts.ts'
import { completeName } from './build-node.ts'
import { planBuild } from './plan-build.ts'
import { checkPin } from './programs.ts'
import { workOf } from './work.ts'

const nothing = { hasImage: async () => false, hasSource: async () => false }
const everything = { hasImage: async () => true, hasSource: async () => true }

test('on an empty machine a line takes each thing once, the slowest first', async () => {
  const work = await workOf([await planBuild(await readVersions(), '1.31')], nothing)
  expect(work.sources.map(({ name }) => name)).toMatchInlineSnapshot(`
    [
      "kubernetes-1.34.4",
      "istio-1.31",
      "coredns-1.12.4",
      "etcd-3.6.6",
      "node-root",
      "app-root",
      "pause",
      "envoy-1.39.3",
      "bootstrap-1.31",
      "httpbin-2.15.0",
      "tcp-echo",
      "ext-authz",
      "sample-apps",
      "kyverno-authz",
      "charts-1.31",
    ]
  `)
  expect(work.images.map(({ title }) => title)).toMatchInlineSnapshot(`
    [
      "node base",
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
      "base",
      "kube-proxy",
      "etcd",
      "coredns",
      "pause",
      "pilot 1.31",
      "proxyv2 1.31",
      "httpbin",
      "tcp-echo",
      "ext-authz",
      "curl",
      "capture",
      "busybox",
      "productpage",
      "details",
      "reviews-v1",
      "reviews-v2",
      "reviews-v3",
      "ratings",
      "testapp-1",
      "testapp-2",
      "kyverno-authz",
    ]
  `)
  expect(work.nodes.map(({ title }) => title)).toMatchInlineSnapshot(`
    [
      "node 1.34.4",
    ]
  `)
  expect(announcement(work)).toMatchInlineSnapshot(
    `"Building 27 images from 15 sources: up to 15 minutes and 13 GB of disk the first time, seconds once it is cached."`,
  )
})

test('a second line adds its own Istio and nothing else', async () => {
  const versions = await readVersions()
  const one = await workOf([await planBuild(versions, '1.31')], nothing)
  const both = await workOf([await planBuild(versions, '1.31'), await planBuild(versions, '1.30')], nothing)
  const known = new Set([...one.sources, ...one.images].map(({ hash }) => hash))
  const added = [...both.sources, ...both.images].filter(({ hash }) => !known.has(hash))
  expect(added.map((thing) => ('title' in thing ? thing.title : thing.name))).toEqual([
    'istio-1.30',
    'envoy-1.38.3',
    'bootstrap-1.30',
    'charts-1.30',
    'pilot 1.30',
    'proxyv2 1.30',
  ])
  expect(both.nodes).toEqual(one.nodes)
})

test('nothing is made when the engine has every image', async () => {
  expect(await workOf([await planBuild(await readVersions(), '1.31')], everything)).toEqual({ sources: [], images: [], nodes: [] })
})

test('what only a finished image was made of is not made again', async () => {
  const plan = await planBuild(await readVersions(), '1.31')
  const work = await workOf([plan], { ...nothing, hasImage: async ({ reference }) => reference !== plan.images[2]?.reference })
  expect(work.images.map(({ title }) => title)).toEqual(['httpbin'])
  expect(work.sources.map(({ name }) => name)).toEqual(['httpbin-2.15.0', 'charts-1.31'])
})

test.for<[string, (versions: Versions) => void, readonly string[]]>([
  ['Envoy', (versions) => (buildPinsOf(versions, '1.31').envoy = '1.0.0'), ['pilot 1.31', 'proxyv2 1.31']],
  ['CoreDNS', (versions) => (versions.kubernetes.build.coredns = '1.0.0'), ['node 1.34.4']],
  ['go-httpbin', (versions) => (versions.apps.httpbin.build = '1.0.0'), ['httpbin']],
])('another version of %s gives new images to those that hold it, and to no others', async ([, change, expected]) => {
  const before = await planBuild(await readVersions(), '1.31')
  const versions = structuredClone(await readVersions())
  change(versions)
  const after = await planBuild(versions, '1.31')
  const old = new Set([before.node, ...before.images].map(({ reference, hash }) => `${reference} ${hash}`))
  const fresh = [after.node, ...after.images].filter(({ reference, hash }) => !old.has(`${reference} ${hash}`))
  // The tag is one for both halves of Istio, so a new Envoy renames pilot too.
  expect(fresh.map(({ title }) => title).sort()).toEqual(expected)
})

test('an image that goes by the name of a public one says what it really is', async () => {
  const { images } = await planBuild(await readVersions(), '1.31')
  expect(images.filter(({ standIn }) => standIn !== undefined).map(({ title, standIn }) => `${title}: ${standIn}`)).toMatchInlineSnapshot(`
    [
      "curl: Debian's curl and BusyBox",
      "capture: Debian's tcpdump",
      "busybox: Debian's BusyBox",
      "productpage: an equivalent of meshproof with the same HTTP contract",
      "details: an equivalent of meshproof with the same HTTP contract",
      "reviews-v1: an equivalent of meshproof with the same HTTP contract",
      "reviews-v2: an equivalent of meshproof with the same HTTP contract",
      "reviews-v3: an equivalent of meshproof with the same HTTP contract",
      "ratings: an equivalent of meshproof with the same HTTP contract",
      "testapp-1: an equivalent of meshproof with the same HTTP contract",
      "testapp-2: an equivalent of meshproof with the same HTTP contract",
      "kyverno-authz: an authorizer of meshproof around kyverno-json 0.0.3",
    ]
  `)
})

test('a wrapper module that pins another version than the list is refused', () => {
  const pin = { file: 'kind/images/go/etcd/go.mod', module: 'go.etcd.io/etcd/server/v3', version: 'v3.6.7' }
  expect(() => checkPin({ ...pin, goMod: 'module x\n\nrequire go.etcd.io/etcd/server/v3 v3.6.6\n' })).toThrowError(
    expect.objectContaining({ code: 'pins-disagree', expected: 'v3.6.7', seen: 'v3.6.6' }),
  )
  expect(() => checkPin({ ...pin, goMod: 'require (\n\tgo.etcd.io/etcd/server/v3 v3.6.7\n)\n' })).not.toThrow()
})

test('kubeadm decides the tag of an image that has none', () => {
  const listed = ['registry.k8s.io/coredns/coredns:v1.12.1', 'registry.k8s.io/etcd:3.6.5-0']
  expect(completeName('registry.k8s.io/etcd', listed)).toBe('registry.k8s.io/etcd:3.6.5-0')
  expect(completeName('registry.k8s.io/coredns', listed)).toBe('registry.k8s.io/coredns/coredns:v1.12.1')
  expect(completeName('registry.k8s.io/pause:3.10', listed)).toBe('registry.k8s.io/pause:3.10')
  expect(() => completeName('registry.k8s.io/pause', listed)).toThrow('kubeadm names no image of pause')
})
