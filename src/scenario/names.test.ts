import { describe, expect, test } from 'vitest'
import { readDecider, readDestination, readObjectKey, readSource } from './names.ts'

const nothing = { host: undefined, behind: undefined }

describe('sources', () => {
  test('an app in a namespace, and a container of it', () => {
    expect(readSource('sleep.foo')).toEqual({ app: 'sleep', namespace: 'foo', text: 'sleep.foo' })
    expect(readSource('sleep.foo/istio-proxy')).toEqual({
      app: 'sleep',
      namespace: 'foo',
      container: 'istio-proxy',
      text: 'sleep.foo/istio-proxy',
    })
  })

  test.each(['sleep', 'sleep.foo.bar', 'Sleep.foo', 'sleep.foo:80', 'sleep.foo/', '.foo', 'sleep-.foo'])('%s is none', (text) => {
    expect(readSource(text)).toHaveProperty('reason')
  })
})

describe('destinations', () => {
  test.each([
    ['httpbin.foo:8000', { kind: 'service', app: 'httpbin', namespace: 'foo', port: 8000 }],
    ['pod/tcp-echo.foo:9002', { kind: 'pod', app: 'tcp-echo', namespace: 'foo', port: 9002 }],
    ['https://kubernetes.default', { kind: 'url', url: 'https://kubernetes.default' }],
    ['http://kubernetes.default:8080/', { kind: 'url', url: 'http://kubernetes.default:8080' }],
  ])('%s', (text, expected) => {
    expect(readDestination(text, nothing)).toEqual({ ...expected, text })
  })

  test('a gateway needs a host, and who answers behind it', () => {
    const text = 'gateway/istio-ingressgateway.istio-system:80'
    expect(readDestination(text, { host: 'a.example', behind: 'httpbin.foo:8000' })).toEqual({
      kind: 'gateway',
      name: 'istio-ingressgateway',
      namespace: 'istio-system',
      port: 80,
      host: 'a.example',
      behind: { app: 'httpbin', namespace: 'foo', port: 8000, text: 'httpbin.foo:8000' },
      text,
    })
    expect(readDestination(text, { host: undefined, behind: 'httpbin.foo:8000' })).toEqual({
      reason: 'a gateway needs to be asked for a host',
      next: 'add `host: …` to this expect item',
    })
    expect(readDestination(text, { host: 'a.example', behind: undefined })).toEqual({
      reason: 'who answers behind the gateway is not said',
      next: 'add `behind: app.namespace:port` to this expect item',
    })
    expect(readDestination(text, { host: 'a.example', behind: 'pod/httpbin.foo:8000' })).toHaveProperty('reason')
  })

  test("a URL's path is the request's", () => {
    expect(readDestination('https://kubernetes.default/api?x=1', nothing)).toEqual({
      reason: '`/api?x=1` belongs to the request',
      next: 'write `https://kubernetes.default` here, and the path after the method: `http: GET /api?x=1`',
    })
  })

  test.each(['httpbin.foo', 'httpbin:80', 'node/x.foo:80', 'httpbin.foo:0', 'httpbin.foo:65536', 'https://', 'ftp://x.y:21'])(
    '%s is none',
    (text) => {
      expect(readDestination(text, { host: 'a.example', behind: 'httpbin.foo:8000' })).toHaveProperty('reason')
    },
  )
})

describe('object keys', () => {
  test('the group may be left open', () => {
    expect(readObjectKey('PeerAuthentication/default.foo')).toEqual({
      group: undefined,
      kind: 'PeerAuthentication',
      name: 'default',
      namespace: 'foo',
    })
    expect(readObjectKey('Deployment.apps/x.foo')).toEqual({ group: 'apps', kind: 'Deployment', name: 'x', namespace: 'foo' })
  })

  test('a name may have dots: the namespace is what follows the last', () => {
    expect(readObjectKey('Gateway.networking.istio.io/a.b.foo')).toEqual({
      group: 'networking.istio.io',
      kind: 'Gateway',
      name: 'a.b',
      namespace: 'foo',
    })
  })

  test.each(['default.foo', 'PeerAuthentication/default', 'peerauthentication/default.foo', 'PeerAuthentication/.foo'])(
    '%s is none',
    (text) => {
      expect(readObjectKey(text)).toHaveProperty('reason')
    },
  )
})

describe('deciders', () => {
  const policies = [
    { name: 'deny-get', namespace: 'foo' },
    { name: 'shared', namespace: 'foo' },
    { name: 'shared', namespace: 'bar' },
    { name: 'strict', namespace: 'foo' },
  ]

  test.each([
    ['no-allow', { kind: 'no-allow' }],
    ['app', { kind: 'app' }],
    ['jwt(not-yet-valid)', { kind: 'jwt', fault: 'not-yet-valid' }],
    ['ext-authz(sample-http)', { kind: 'ext-authz', provider: 'sample-http' }],
    ['deny-get', { kind: 'policy', name: 'deny-get', namespace: 'foo' }],
    ['shared.bar', { kind: 'policy', name: 'shared', namespace: 'bar' }],
  ])('%s', (text, expected) => {
    expect(readDecider(text, policies)).toEqual(expected)
  })

  test('a policy named like a decider is meant only with its namespace', () => {
    expect(readDecider('strict', policies)).toEqual({ kind: 'strict' })
    expect(readDecider('strict.foo', policies)).toEqual({ kind: 'policy', name: 'strict', namespace: 'foo' })
  })

  test('a name that two namespaces have needs one', () => {
    expect(readDecider('shared', policies)).toEqual({
      reason: '`shared` is the name of 2 policies',
      next: 'write `shared.foo` or `shared.bar`',
    })
  })

  test('a policy that nothing applies is none', () => {
    expect(readDecider('deny-gett', policies)).toEqual({
      reason: 'no step applies an AuthorizationPolicy `deny-gett`',
      next: 'did you mean `deny-get`?',
    })
  })

  test.each(['jwt', 'jwt()', 'jwt(old)', 'ext-authz', 'ext-authz()'])('%s is incomplete', (text) => {
    expect(readDecider(text, policies)).toHaveProperty('reason')
  })
})
