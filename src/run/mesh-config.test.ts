import { expect, test } from 'vitest'
import { mergeMesh } from './mesh-config.ts'

const ORIGINAL = `accessLogFormat: |
  { "code": "%RESPONSE_CODE%" }
enablePrometheusMerge: true
defaultConfig: { discoveryAddress: istiod.istio-system.svc:15012, fileFlushInterval: 0.05s }
extensionProviders:
  - name: old
    envoyExtAuthzHttp: { service: ext-authz.foo.svc.cluster.local, port: "8000" }
`

test('maps are merged, lists of named things by name, null takes away, and the rest is replaced', () => {
  const values = {
    enablePrometheusMerge: null,
    defaultConfig: { holdApplicationUntilProxyStarts: true },
    extensionProviders: [{ name: 'new', envoyExtAuthzGrpc: { service: 'authz.demo.svc.cluster.local', port: 9000 } }],
    trustDomainAliases: ['td1'],
  }
  expect(mergeMesh(ORIGINAL, values, 'meshproof-mark-r-1')).toMatchInlineSnapshot(`
    "accessLogFormat: |
      { "code": "%RESPONSE_CODE%" }
    defaultConfig:
      discoveryAddress: istiod.istio-system.svc:15012
      fileFlushInterval: 0.05s
      holdApplicationUntilProxyStarts: true
    extensionProviders:
      - name: old
        envoyExtAuthzHttp:
          service: ext-authz.foo.svc.cluster.local
          port: "8000"
      - name: new
        envoyExtAuthzGrpc:
          service: authz.demo.svc.cluster.local
          port: 9000
      - name: meshproof-mark-r-1
        envoyFileAccessLog:
          path: /dev/null
    trustDomainAliases:
      - td1
    "
  `)
})

test('a later change stands on the one before: a name is there once, and so is the mark', () => {
  const first = mergeMesh(ORIGINAL, { extensionProviders: [{ name: 'a' }, { name: 'b', x: 1 }] }, 'meshproof-mark-r-1')
  const second = mergeMesh(first, { extensionProviders: [{ name: 'b', x: 2 }] }, 'meshproof-mark-r-2')
  expect(second.slice(second.indexOf('extensionProviders'))).toMatchInlineSnapshot(`
    "extensionProviders:
      - name: old
        envoyExtAuthzHttp:
          service: ext-authz.foo.svc.cluster.local
          port: "8000"
      - name: a
      - name: b
        x: 2
      - name: meshproof-mark-r-2
        envoyFileAccessLog:
          path: /dev/null
    "
  `)
})

test('an empty configuration is one to build on', () => {
  expect(mergeMesh('', { enableAutoMtls: false }, 'meshproof-mark-r-1')).toMatchInlineSnapshot(`
    "enableAutoMtls: false
    extensionProviders:
      - name: meshproof-mark-r-1
        envoyFileAccessLog:
          path: /dev/null
    "
  `)
})
