import { describe, expect, it } from 'vitest'
import { closedText, versionOf } from './left-out.ts'

describe('a version gate', () => {
  it('is open when everything that it asks of is in its range', () => {
    expect(closedText({ of: 'istio', range: '>=1.30' }, ['1.30', '1.31.1'])).toBeUndefined()
  })

  it('says what it waits for and what there is', () => {
    expect(closedText({ of: 'istio', range: '>=1.31' }, ['1.30.5'])).toMatchInlineSnapshot(
      `"only when istio >=1.31, and the server's proxy is 1.30.5"`,
    )
  })

  it('is closed while one of two control planes is outside', () => {
    expect(closedText({ of: 'control-plane', range: '>=1.31' }, ['1.31.1', '1.30.5'])).toMatchInlineSnapshot(
      `"only when control-plane >=1.31, and the control plane is 1.30.5"`,
    )
  })
})

describe("an image's version", () => {
  it.each([
    ['registry.istio.io/release/proxyv2:1.31.1', '1.31.1'],
    ['registry.istio.io/release/proxyv2:1.31.1-distroless', '1.31.1'],
    ['localhost:5000/meshproof/proxyv2:1.30-bc379523cf44', '1.30'],
    ['localhost:5000/proxyv2:v1.30.2@sha256:abc', '1.30.2'],
  ])('of %s is %s', (image, version) => {
    expect(versionOf(image)).toBe(version)
  })

  it.each(['proxyv2:latest', 'localhost:5000/proxyv2', 'proxyv2@sha256:abc'])('of %s is not known', (image) => {
    expect(() => versionOf(image)).toThrow('does not tell its version')
  })
})
