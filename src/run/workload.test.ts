import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatError } from '../error.ts'
import type { AnyObject } from '../kube/cluster.ts'
import { type FakeApiServer, startFakeApiServer } from '../kube/fake-api-server.ts'
import type { PodView } from '../kube/get.ts'
import { removeWithPods, shortfall, untilRolledOut } from './workload.ts'

interface Facts {
  readonly replicas?: number
  readonly observed?: number
  readonly updated?: number
}

function deployment({ replicas = 1, observed = 2, updated = replicas }: Facts = {}): AnyObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'authz', namespace: 'demo', generation: 2 },
    spec: { replicas, selector: { matchLabels: { app: 'authz' } } },
    status: { observedGeneration: observed, updatedReplicas: updated },
  }
}

const pod = (name: string, ready = true) => ({ name, ready, phase: 'Running' }) as PodView

describe('a rollout', () => {
  it('is complete with all wanted pods ready and no others', () => {
    expect(shortfall(deployment(), [pod('a')])).toBeUndefined()
    expect(shortfall(deployment({ replicas: 0 }), [])).toBeUndefined()
  })

  it('lacks what its controller has not seen, old pods, and pods that are not ready', () => {
    expect(shortfall(deployment({ observed: 1 }), [pod('a')])).toBe('its controller has not seen the change yet')
    expect(shortfall(deployment({ updated: 0 }), [pod('old')])).toBe('0 of 1 pods are of the present template')
    expect(shortfall(deployment(), [pod('a', false)])).toBe('1 wanted, 1 there (0 ready): a Running')
    expect(shortfall(deployment(), [pod('a'), pod('old', false)])).toBe('1 wanted, 2 there (1 ready): a Running, old Running')
    expect(shortfall(deployment({ replicas: 0 }), [pod('a', false)])).toBe('0 wanted, 1 there (0 ready): a Running')
  })
})

describe('on a cluster', () => {
  const { signal } = new AbortController()
  const key = { group: 'apps', kind: 'Deployment', name: 'authz', namespace: 'demo' }
  const PODS = '/api/v1/namespaces/demo/pods'
  let server: FakeApiServer
  beforeEach(async () => {
    server = await startFakeApiServer()
    server.objects.put('/apis/apps/v1/namespaces/demo/deployments/authz', deployment())
  })
  afterEach(() => server.close())

  function put(name: string, status: object): void {
    const metadata = { name, namespace: 'demo', labels: { app: 'authz' } }
    server.objects.put(`${PODS}/${name}`, { metadata, spec: { containers: [{ name: 'authz' }] }, status })
  }
  const READY = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }

  it('waiting ends when the pods are ready', async () => {
    put('authz-1', { phase: 'Pending' })
    const waiting = untilRolledOut(server.cluster, key, { signal, deadlineMs: 5_000 })
    put('authz-1', READY)
    await waiting
  })

  it('pods that do not become ready are named with what they complain of', async () => {
    const waiting = { reason: 'CrashLoopBackOff', message: 'back-off 10s' }
    put('authz-1', { phase: 'Running', containerStatuses: [{ name: 'authz', state: { waiting } }] })
    const failed = await untilRolledOut(server.cluster, key, { signal, deadlineMs: 300 }).then(() => 'ready', formatError)
    expect(failed).toMatchInlineSnapshot(`
      "the pods of Deployment.apps/authz.demo: not within 0.3 s [workload-not-ready]
        seen:     1 wanted, 1 there (0 ready): authz-1 Running; authz-1.demo/authz: CrashLoopBackOff, back-off 10s
        next:     kubectl -n demo describe deployment authz"
    `)
  })

  it('a workload is removed with its pods', async () => {
    put('authz-1', READY)
    let removed = false
    const removing = removeWithPods(server.cluster, key, {
      remove: async () => {
        removed = true
        setImmediate(() => server.objects.drop(`${PODS}/authz-1`))
      },
      signal,
      deadlineMs: 5_000,
    })
    await removing
    expect({ removed, left: server.objects.get(`${PODS}/authz-1`) }).toEqual({ removed: true, left: undefined })
  })

  it('pods that stay are told', async () => {
    put('authz-1', READY)
    const removing = removeWithPods(server.cluster, key, { remove: async () => {}, signal, deadlineMs: 300 })
    expect(await removing.then(() => 'removed', formatError)).toMatchInlineSnapshot(`
      "the pods of Deployment.apps/authz.demo gone: not within 0.3 s [pods-not-gone]
        seen:     authz-1"
    `)
  })
})
