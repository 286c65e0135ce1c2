import { type Cluster, HOME_NAMESPACE } from '../kube/cluster.ts'
import { exec } from '../kube/exec.ts'
import type { Check } from './check.ts'
import { CAPTURE_CONTAINER } from './world-objects.ts'

interface RawContainer {
  readonly name: string
  readonly securityContext?: { readonly privileged?: boolean }
}

/** A pod, as far as the checks look at it. */
export interface CheckedPod {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly deletionTimestamp?: string }
  readonly spec: { readonly containers: readonly RawContainer[]; readonly initContainers?: readonly RawContainer[] }
  readonly status?: { readonly phase?: string }
}

interface Proxy {
  readonly pod: string
  readonly namespace: string
  readonly privileged: boolean
  /** A native sidecar: an init container that stays. */
  readonly native: boolean
  /** A proxy alone in its pod is a gateway or a waypoint. */
  readonly sidecar: boolean
}

/** Pure: every running proxy of these pods. */
export function proxiesOf(pods: readonly CheckedPod[]): readonly Proxy[] {
  return pods
    .filter(
      ({ metadata, status }) =>
        status?.phase === 'Running' && metadata.deletionTimestamp === undefined && metadata.namespace !== HOME_NAMESPACE,
    )
    .flatMap(({ metadata, spec }) => {
      const inside = (containers: readonly RawContainer[] = []) => containers.find(({ name }) => name === 'istio-proxy')
      const native = inside(spec.initContainers)
      const proxy = native ?? inside(spec.containers)
      if (!proxy) return []
      const others = spec.containers.filter(({ name }) => name !== 'istio-proxy' && name !== CAPTURE_CONTAINER)
      const sidecar = others.length > 0
      const privileged = proxy.securityContext?.privileged === true
      return [{ pod: metadata.name, namespace: metadata.namespace, privileged, native: native !== undefined, sidecar }]
    })
}

const PRIVILEGED = 'helm upgrade istiod … --set global.proxy.privileged=true, then restart the pods of the mesh'

/** Whether the wire can be read: privileged sidecars, and a tcpdump that works in one of them. */
export async function tcpdumpCheck(cluster: Cluster, proxies: readonly Proxy[], signal: AbortSignal): Promise<Omit<Check, 'title'>> {
  const sidecars = proxies.filter(({ sidecar }) => sidecar)
  const privileged = sidecars.filter((proxy) => proxy.privileged)
  const [first] = privileged
  const count = `${privileged.length} of ${sidecars.length} sidecars are privileged`
  if (sidecars.length === 0) return { state: 'warn', seen: 'there is no sidecar to listen in', next: 'meshproof up' }
  if (!first) return { state: 'warn', seen: `${count}: the wire cannot be proven`, next: PRIVILEGED }

  const target = { namespace: first.namespace, pod: first.pod, container: 'istio-proxy' }
  const asked = await exec(cluster, target, ['sudo', '-n', 'tcpdump', '--list-interfaces'], { signal, deadlineMs: 10_000 })
  if (asked.code !== 0) {
    const said = (asked.stderr || asked.stdout).trim().split('\n')[0] ?? ''
    return {
      state: 'warn',
      seen: `tcpdump does not run in ${first.pod}.${first.namespace}: ${said || `exit code ${asked.code}`}; the wire cannot be proven`,
      next: 'use a proxy image that is not distroless',
    }
  }
  if (privileged.length < sidecars.length) {
    return { state: 'warn', seen: `${count}: the wire can be proven in those only`, next: PRIVILEGED }
  }
  return { state: 'ok', seen: `${count}, tcpdump runs` }
}

/** Pure: native sidecars serve from before the app starts until after it ended. */
export function judgeSidecars(proxies: readonly Proxy[]): Omit<Check, 'title'> {
  const sidecars = proxies.filter(({ sidecar }) => sidecar)
  if (sidecars.length === 0) return { state: 'warn', seen: 'there is no sidecar', next: 'meshproof up' }
  const native = sidecars.filter((proxy) => proxy.native).length
  if (native === sidecars.length) return { state: 'ok', seen: `all ${native} sidecars are native` }
  return {
    state: 'warn',
    seen: `${native} of ${sidecars.length} sidecars are native: in the others an app can start before its proxy`,
    next: 'set ENABLE_NATIVE_SIDECARS=true on istiod (the default from Istio 1.27 on), then restart the pods',
  }
}
