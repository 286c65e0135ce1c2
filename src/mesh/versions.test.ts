import { expect, test } from 'vitest'
import { formatError } from '../error.ts'
import { buildPinsOf, parseVersions, pinsOf, readVersions } from './versions.ts'

const GOOD = `default: "1.31"
kubernetes:
  registry: { node: "docker.io/kindest/node:v1.34.3" }
  build: { version: 1.34.4, etcd: 3.6.6, coredns: 1.12.4, pause: "registry.k8s.io/pause:3.10" }
tools:
  kind: { version: 0.33.0, least: 0.30.0 }
  helm: { version: 3.21.4, least: 3.14.0 }
  kubectl: { least: 1.31.0 }
apps:
  httpbin: { image: "docker.io/mccutchen/go-httpbin:v2.15.0", build: 2.15.0 }
  tcp-echo: { image: "registry.istio.io/release/tcp-echo-server:1.3" }
  ext-authz: { image: "registry.istio.io/testing/ext-authz:latest" }
  curl: { image: "docker.io/curlimages/curl:8.16.0" }
  busybox: { image: "docker.io/library/busybox:1.37.0" }
  capture: { image: "docker.io/nicolaka/netshoot:v0.14" }
  productpage: { image: "docker.io/somebody/productpage:1" }
  details: { image: "docker.io/somebody/details:1" }
  reviews-v1: { image: "docker.io/somebody/reviews:1" }
  reviews-v2: { image: "docker.io/somebody/reviews:2" }
  reviews-v3: { image: "docker.io/somebody/reviews:3" }
  ratings: { image: "docker.io/somebody/ratings:1" }
  testapp-1: { image: "docker.io/somebody/books:1", optional: true }
  testapp-2: { image: "docker.io/somebody/movies:1", optional: true }
  kyverno-authz: { image: "docker.io/somebody/authorizer:1", optional: true, build: 0.0.3 }
suite: bookworm
istio:
  charts: https://charts.example/istio
  lines:
    "1.31":
      registry: { version: 1.31.1, hub: registry.istio.io/release }
      build: { module: v0.0.0-1, envoy: 1.39.3 }
`

test('the list of versions in the repository is sound and pins its default line', async () => {
  const versions = await readVersions()
  expect(pinsOf(versions, versions.default).registry.version).toMatch(new RegExp(`^${versions.default}\\.`))
})

test('a good list is read', () => {
  expect(parseVersions(GOOD, 'versions.yaml').istio.lines['1.31']?.build).toEqual({ module: 'v0.0.0-1', envoy: '1.39.3' })
})

test('a wrong value is shown with its line and column', () => {
  expect(problem(GOOD.replace('envoy: 1.39.3', 'envoy: newest'))).toMatchInlineSnapshot(`
    "The list of versions cannot be used [versions-invalid]
      at versions.yaml:31:41
      seen:     istio.lines.1.31.build.envoy: a version of three numbers, such as 1.31.1
      next:     correct that line"
  `)
})

test('a missing value is shown at its parent', () => {
  expect(problem(GOOD.replace(', hub: registry.istio.io/release', ''))).toMatchInlineSnapshot(`
    "The list of versions cannot be used [versions-invalid]
      at versions.yaml:30:17
      seen:     istio.lines.1.31.registry.hub: Invalid input: expected string, received undefined
      next:     correct that line"
  `)
})

test('a key that nobody reads is an error', () => {
  expect(problem(`${GOOD}colour: red\n`)).toMatchInlineSnapshot(`
    "The list of versions cannot be used [versions-invalid]
      at versions.yaml:1:1
      seen:     the file: Unrecognized key: "colour"
      next:     correct that line"
  `)
})

test('a default that is no line is an error', () => {
  expect(problem(GOOD.replace('default: "1.31"', 'default: "1.29"'))).toMatchInlineSnapshot(`
    "The list of versions cannot be used [versions-invalid]
      at versions.yaml:1:10
      seen:     default: must be one of the lines below: 1.31
      next:     correct that line"
  `)
})

test('YAML that cannot be read is shown with its line and column', () => {
  expect(problem(GOOD.replace('suite: bookworm', 'suite: [bookworm'))).toMatchInlineSnapshot(`
    "The list of versions cannot be used [versions-invalid]
      at versions.yaml:26:1
      seen:     Flow sequence in block collection must be sufficiently indented and end with a ] at line 26, column 1:
      next:     correct that line"
  `)
})

test('a line that is not pinned is refused with those that are', () => {
  const versions = parseVersions(GOOD, 'versions.yaml')
  expect(() => pinsOf(versions, '1.12')).toThrowError(
    expect.objectContaining({ code: 'istio-line-unknown', expected: 'one of 1.31', exit: 2 }),
  )
})

function problem(text: string): string {
  try {
    parseVersions(text, 'versions.yaml')
  } catch (error) {
    return formatError(error)
  }
  throw new Error('it was read without a complaint')
}

test('a line that can only be pulled is one entry, and says so where it would have to be built', () => {
  const text = `${GOOD}    "1.29.4":\n      registry: { version: 1.29.4, hub: registry.istio.io/release }\n`
  const versions = parseVersions(text, 'versions.yaml')
  expect(pinsOf(versions, '1.29.4').registry.version).toBe('1.29.4')
  expect(() => buildPinsOf(versions, '1.29.4')).toThrow('Istio 1.29.4 can only be pulled')
  expect(buildPinsOf(versions, '1.31').envoy).toBe('1.39.3')
})

test('the default line is one that can be built', () => {
  expect(problem(GOOD.replace('      build: { module: v0.0.0-1, envoy: 1.39.3 }\n', ''))).toMatchInlineSnapshot(`
    "The list of versions cannot be used [versions-invalid]
      at versions.yaml:30:7
      seen:     istio.lines.1.31: the default line must be one that can be built: the sample apps come out of it
      next:     correct that line"
  `)
})
