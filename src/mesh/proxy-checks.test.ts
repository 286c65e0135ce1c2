import { expect, test } from 'vitest'
import { type CheckedPod, judgeSidecars, proxiesOf } from './proxy-checks.ts'

const proxy = { name: 'istio-proxy', securityContext: { privileged: true } }
const app = { name: 'app' }

function pod(name: string, spec: CheckedPod['spec'], change: { phase?: string; deletionTimestamp?: string } = {}): CheckedPod {
  const { phase = 'Running', ...metadata } = change
  return { metadata: { name, namespace: 'foo', ...metadata }, spec, status: { phase } }
}

test('finds native sidecars, old ones and gateways, and tells them apart', () => {
  const seen = proxiesOf([
    pod('native', { containers: [app], initContainers: [{ name: 'istio-init' }, proxy] }),
    pod('old', { containers: [app, { name: 'istio-proxy' }] }),
    pod('gateway', { containers: [{ name: 'istio-proxy' }] }),
    pod('gateway-with-capture', { containers: [{ name: 'istio-proxy' }, { name: 'capture' }] }),
    pod('plain', { containers: [app] }),
  ])
  expect(seen.map(({ pod: name, native, privileged, sidecar }) => ({ name, native, privileged, sidecar }))).toEqual([
    { name: 'native', native: true, privileged: true, sidecar: true },
    { name: 'old', native: false, privileged: false, sidecar: true },
    { name: 'gateway', native: false, privileged: false, sidecar: false },
    { name: 'gateway-with-capture', native: false, privileged: false, sidecar: false },
  ])
})

test('leaves out pods that do not run or are being deleted', () => {
  const spec = { containers: [app, proxy] }
  expect(
    proxiesOf([pod('pending', spec, { phase: 'Pending' }), pod('going', spec, { deletionTimestamp: '2026-11-24T11:00:00Z' })]),
  ).toEqual([])
})

test('one sidecar that is not native is a warning', () => {
  const native = pod('native', { containers: [app], initContainers: [proxy] })
  expect(judgeSidecars(proxiesOf([native]))).toEqual({ state: 'ok', seen: 'all 1 sidecars are native' })
  expect(judgeSidecars(proxiesOf([native, pod('old', { containers: [app, proxy] })]))).toMatchObject({
    state: 'warn',
    seen: '1 of 2 sidecars are native: in the others an app can start before its proxy',
  })
})
