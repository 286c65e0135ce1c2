import { expect, test } from 'vitest'
import { describeImages, meshImages, type RawPod } from './foreign-mesh.ts'

const id = (letter: string): string => `sha256:${letter.repeat(64)}`

function istiod(image: string, letter: string): RawPod {
  return {
    metadata: { labels: { app: 'istiod' } },
    status: { containerStatuses: [{ name: 'discovery', image, imageID: `docker.io/istio/pilot@${id(letter)}` }] },
  }
}

function sidecar(image: string, letter: string): RawPod {
  return {
    metadata: {},
    status: {
      containerStatuses: [{ name: 'app', image: 'app:1', imageID: id('0') }],
      initContainerStatuses: [{ name: 'istio-proxy', image, imageID: id(letter) }],
    },
  }
}

test('reads versions from what runs, each image once', () => {
  const images = meshImages([
    istiod('registry.istio.io/istio/pilot:1.31.1', 'a'),
    sidecar('registry.istio.io/istio/proxyv2:1.31.1', 'b'),
    sidecar('registry.istio.io/istio/proxyv2:1.31.1', 'b'),
  ])
  expect(images.istiod).toEqual([{ reference: 'registry.istio.io/istio/pilot:1.31.1', id: id('a') }])
  expect(images.proxies).toEqual([{ reference: 'registry.istio.io/istio/proxyv2:1.31.1', id: id('b') }])
  expect(describeImages(images)).toEqual({ istioVersion: '1.31.1', proxyBuild: 'istio/proxyv2 1.31.1' })
})

test('names every version of a mesh in the middle of an upgrade', () => {
  const pods = [istiod('istio/pilot:1.31.1', 'a'), istiod('istio/pilot:1.30.5', 'b'), sidecar('istio/proxyv2:1.30.5-distroless', 'c')]
  expect(describeImages(meshImages(pods))).toEqual({ istioVersion: '1.30.5 and 1.31.1', proxyBuild: 'istio/proxyv2 1.30.5-distroless' })
})

test.each([
  ['localhost:5000/pilot:1.31.1', '1.31.1'],
  ['localhost:5000/pilot', 'without a tag'],
  [`gcr.io/istio/pilot@${id('a')}`, id('a')],
  [`gcr.io/istio/pilot:1.31.1@${id('a')}`, '1.31.1'],
])('takes the version of %s', (image, version) => {
  expect(describeImages(meshImages([istiod(image, 'a')]))).toEqual({ istioVersion: version, proxyBuild: 'no proxy runs' })
})
