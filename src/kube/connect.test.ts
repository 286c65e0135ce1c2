import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatError } from '../error.ts'
import { connect } from './connect.ts'
import { type FakeApiServer, startFakeApiServer } from './fake-api-server.ts'

const { signal } = new AbortController()
let server: FakeApiServer
let folder: string
beforeEach(async () => {
  server = await startFakeApiServer()
  folder = await mkdtemp(join(tmpdir(), 'meshproof-'))
})
afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

async function kubeconfig({ url = server.url, current = 'kind-a', insecure = true } = {}): Promise<string> {
  const file = join(folder, 'config')
  const cluster = { server: url, ...(insecure ? { 'insecure-skip-tls-verify': true } : {}) }
  const context = (name: string): object => ({ name, context: { cluster: 'c', user: 'u' } })
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [context('kind-a'), context('kind-b'), { name: 'broken', context: { cluster: 'nowhere', user: 'u' } }],
    'current-context': current,
  }
  await writeFile(file, JSON.stringify(config))
  return file
}
const errorOf = async (options: { context?: string; kubeconfig: string }): Promise<string> => {
  const text = await connect({ ...options, signal }).then(() => 'connected', formatError)
  return text.replaceAll(folder, 'FOLDER').replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')
}

test('the current context is taken, and the server tells its version', async () => {
  const cluster = await connect({ kubeconfig: await kubeconfig(), signal })
  expect(cluster).toMatchObject({ context: 'kind-a', version: 'v1.34.4' })
})

test('a named context is taken', async () => {
  expect(await connect({ kubeconfig: await kubeconfig(), context: 'kind-b', signal })).toMatchObject({ context: 'kind-b' })
})

test('a kubeconfig that is not there is named, never replaced by localhost:8080', async () => {
  expect(await errorOf({ kubeconfig: join(folder, 'none') })).toMatchInlineSnapshot(`
    "there is no kubeconfig [kubeconfig-missing]
      seen:     FOLDER/none does not exist
      next:     meshproof up, or name one: --kubeconfig FILE, or KUBECONFIG"
  `)
})

test('a kubeconfig that is no YAML keeps its cause', async () => {
  await writeFile(join(folder, 'config'), 'a: [')
  expect((await errorOf({ kubeconfig: join(folder, 'config') })).split('\n').slice(0, 2)).toMatchInlineSnapshot(`
    [
      "the kubeconfig cannot be read: FOLDER/config [kubeconfig-broken]",
      "  because:  unexpected end of the stream within a flow collection (2:1)",
    ]
  `)
})

test('an unknown context is named beside the known ones', async () => {
  expect(await errorOf({ kubeconfig: await kubeconfig(), context: 'prod' })).toMatchInlineSnapshot(`
    "the kubeconfig has no context prod [context-missing]
      expected: one of kind-a, kind-b, broken
      next:     kubectl config get-contexts, then --context NAME"
  `)
})

test('no current context is told', async () => {
  expect(await errorOf({ kubeconfig: await kubeconfig({ current: '' }) })).toMatchInlineSnapshot(`
    "the kubeconfig has no current context [context-missing]
      expected: one of kind-a, kind-b, broken
      next:     kubectl config get-contexts, then --context NAME"
  `)
})

test('a context without a server is told', async () => {
  expect(await errorOf({ kubeconfig: await kubeconfig(), context: 'broken' })).toMatchInlineSnapshot(`
    "the kubeconfig's context broken names no cluster with a server [context-broken]
      next:     kubectl config view --minify"
  `)
})

test('plain HTTP and unverified TLS are for loopback only', async () => {
  expect(await errorOf({ kubeconfig: await kubeconfig({ url: 'https://192.0.2.1:6443' }) })).toMatchInlineSnapshot(`
    "the API server of kind-a would be trusted without TLS verification [insecure-server]
      expected: https with a certificate authority in the kubeconfig (anything else only on loopback)
      seen:     https://192.0.2.1:6443, insecure-skip-tls-verify: true"
  `)
  expect(await errorOf({ kubeconfig: await kubeconfig({ url: 'http://192.0.2.1:8080', insecure: false }) })).toContain('[insecure-server]')
})

test('credentials that are not accepted are told', async () => {
  server.next('GET /version', { status: 401, reason: 'Unauthorized', message: 'Unauthorized' })
  expect(await errorOf({ kubeconfig: await kubeconfig() })).toMatchInlineSnapshot(`
    "the API server refused to tell its version: it does not accept the kubeconfig's credentials [api-unauthorized]
      seen:     401 Unauthorized: Unauthorized
      next:     kubectl auth whoami"
  `)
})

test('a server that is down is told with its address', async () => {
  const config = await kubeconfig()
  await server.close()
  expect(await errorOf({ kubeconfig: config })).toMatchInlineSnapshot(`
    "no answer from the API server of kind-a to GET /version [api-unreachable]
      because:  connect ECONNREFUSED HOST
      next:     check that http://HOST is up: kubectl --context kind-a version"
  `)
  server = await startFakeApiServer()
})
