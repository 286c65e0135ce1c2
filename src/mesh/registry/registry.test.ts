import { expect, test } from 'vitest'
import { formatError, MeshproofError } from '../../error.ts'
import { readVersions } from '../versions.ts'
import { isPulled, unreachable } from './find-registry.ts'
import { chartRepository, publicImages, pulledName } from './public-images.ts'

test('a line needs its two Istio images, the node and the sample apps', async () => {
  const versions = await readVersions()
  expect(publicImages(versions, '1.31')).toMatchInlineSnapshot(`
    {
      "images": [
        "registry.istio.io/release/pilot:1.31.1",
        "registry.istio.io/release/proxyv2:1.31.1",
        "docker.io/mccutchen/go-httpbin:v2.15.0",
        "registry.istio.io/release/tcp-echo-server:1.3",
        "registry.istio.io/testing/ext-authz:latest",
        "docker.io/curlimages/curl:8.16.0",
        "docker.io/library/busybox:1.37.0",
        "docker.io/nicolaka/netshoot:v0.14",
        "registry.istio.io/release/examples-bookinfo-productpage-v1:1.20.3",
        "registry.istio.io/release/examples-bookinfo-details-v1:1.20.3",
        "registry.istio.io/release/examples-bookinfo-reviews-v1:1.20.3",
        "registry.istio.io/release/examples-bookinfo-reviews-v2:1.20.3",
        "registry.istio.io/release/examples-bookinfo-reviews-v3:1.20.3",
        "registry.istio.io/release/examples-bookinfo-ratings-v1:1.20.3",
      ],
      "node": "docker.io/kindest/node:v1.34.3",
      "optional": [
        "docker.io/sanskardevops/test-application:0.0.1",
        "docker.io/sanskardevops/test-application-1:0.0.3",
        "docker.io/sanskardevops/plugin:0.0.29",
      ],
    }
  `)
})

test('a mirror serves the same paths under its own name', () => {
  const env = { MESHPROOF_REGISTRY_MIRROR: '127.0.0.1:5000' }
  expect(pulledName('registry.istio.io/release/pilot:1.31.1', env)).toBe('127.0.0.1:5000/release/pilot:1.31.1')
  expect(pulledName('registry.istio.io/release/pilot:1.31.1', {})).toBe('registry.istio.io/release/pilot:1.31.1')
})

test('another chart repository can be named', async () => {
  const versions = await readVersions()
  expect(chartRepository(versions, { MESHPROOF_CHART_REPO: 'http://127.0.0.1:1' })).toBe('http://127.0.0.1:1')
  expect(chartRepository(versions, {})).toBe(versions.istio.charts)
})

test('an image that was built here does not count as pulled, whatever its name', () => {
  expect(isPulled({ digests: ['curlimages/curl@sha256:1'] })).toBe(true)
  expect(isPulled({ digests: ['curlimages/curl@sha256:1'], recipe: 'abc' })).toBe(false)
  expect(isPulled({ digests: [] })).toBe(false)
  expect(isPulled(undefined)).toBe(false)
})

test('an unreachable registry is told in one line, with its cause and the way out', () => {
  const cause = new MeshproofError({ code: 'pull-failed', message: 'x cannot be pulled', seen: 'Error\ndial tcp: no such host' })
  expect(formatError(unreachable(cause))).toMatchInlineSnapshot(`
    "The images and charts cannot be pulled from their registries [registry-unreachable]
      seen:     dial tcp: no such host
      because:  x cannot be pulled
      next:     connect this machine to them, or build everything with --images build"
  `)
})
