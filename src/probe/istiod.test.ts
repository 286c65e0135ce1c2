import { expect, test } from 'vitest'
import { istiodOf } from './istiod.ts'
import type { Session } from './session.ts'

const { signal } = new AbortController()

/** A replica that answers with this, whatever it is asked. */
function replica(answer: unknown): Session {
  return {
    pod: { namespace: 'istio-system', pod: 'istiod-1', container: 'discovery' },
    ask: async () => ({ exit: 0, status: 200, localPort: 1, text: '', body: `HTTP/1.1 200 OK\r\n\r\n${JSON.stringify(answer)}` }),
    reconnects: 0,
    close: () => {},
  }
}

test('the endpoints of a service are its healthy addresses in all shards, for each replica', async () => {
  const endpoint = (address: string, HealthStatus = 1) => ({ Addresses: [address], ServicePortName: 'http', HealthStatus })
  const shards = {
    'httpbin.foo.svc.cluster.local': {
      foo: { Shards: { 'Kubernetes/a': [endpoint('10.0.0.1'), endpoint('10.0.0.2', 2)], 'Kubernetes/b': [endpoint('10.0.0.3')] } },
    },
    'gone.foo.svc.cluster.local': { foo: { Shards: { 'Kubernetes/a': null } } },
  }
  const [first, second] = await istiodOf([replica(shards), replica({})]).endpoints(signal)
  expect([...(first ?? [])].map(([name, addresses]) => [name, [...addresses]])).toEqual([
    ['httpbin.foo', ['10.0.0.1', '10.0.0.3']],
    ['gone.foo', []],
  ])
  expect(second?.size).toBe(0)
})
