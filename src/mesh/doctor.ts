import type { Cluster } from '../kube/cluster.ts'
import { connect } from '../kube/connect.ts'
import { list } from '../kube/get.ts'
import { judgeAccessLog, wantedFormat } from './access-log-check.ts'
import { type Check, checked } from './check.ts'
import { DEFAULT_NAME, kubeconfigOf } from './cluster-home.ts'
import { clusterState } from './cluster-state.ts'
import { ensureEngine } from './engine.ts'
import { readForeignMesh } from './foreign-mesh.ts'
import { ISTIO_NAMESPACE, istioTrouble } from './istio.ts'
import { machineChecks } from './machine-checks.ts'
import { meshOf, readMeshRecord } from './mesh-record.ts'
import { permissionCheck } from './permission-check.ts'
import { type CheckedPod, judgeSidecars, proxiesOf, tcpdumpCheck } from './proxy-checks.ts'

interface DoctorOptions {
  /** A cluster that we did not make: only it is looked at, not this machine. */
  readonly context?: string | undefined
  /** A kubeconfig file; with `context` only. */
  readonly kubeconfig?: string | undefined
  /** `meshproof` unless said. */
  readonly name?: string | undefined
  readonly signal: AbortSignal
}

/** Looks at all that a run needs and says what is wrong and what to do; changes nothing. Never throws for a known fault. */
export async function doctor({ context, kubeconfig, name = DEFAULT_NAME, signal }: DoctorOptions): Promise<Check[]> {
  if (context !== undefined) return clusterChecks(() => connect({ context, kubeconfig, signal }), { kubeconfig: kubeconfig ?? '', signal })
  const machine = await machineChecks(signal)
  const own = kubeconfigOf(name)
  const engineAnswers = machine.some(({ title, state }) => title === 'container engine' && state === 'ok')
  if (!engineAnswers) return machine
  const engine = await ensureEngine({ install: false, yes: false, signal, progress: () => undefined })
  const state = await clusterState({ name, engine, kubeconfig: own, signal })
  switch (state.kind) {
    case 'absent':
      return [...machine, { title: 'cluster', state: 'warn', seen: `there is no cluster ${name}`, next: 'meshproof up' }]
    case 'dead':
      return [
        ...machine,
        { title: 'cluster', state: 'fail', seen: `the cluster ${name} does not answer: ${state.seen}`, next: 'meshproof up makes it anew' },
      ]
    case 'answers':
      return [...machine, ...(await clusterChecks(async () => state.cluster, { kubeconfig: own, signal }))]
  }
}

interface Where {
  readonly kubeconfig: string
  readonly signal: AbortSignal
}

async function clusterChecks(reach: () => Promise<Cluster>, where: Where): Promise<Check[]> {
  let reached: Cluster | undefined
  const first = await checked('cluster', async () => {
    reached = await reach()
    return { state: 'ok', seen: `${reached.context}, Kubernetes ${reached.version}` }
  })
  const cluster = reached
  if (cluster === undefined) return [first]
  const { signal } = where
  const rest = await Promise.all([
    checked('Istio', () => istioCheck(cluster, where)),
    checked('permissions', () => permissionCheck(cluster, signal)),
    checked('wire', async () => tcpdumpCheck(cluster, await proxies(cluster, signal), signal)),
    checked('access log', () => accessLogCheck(cluster, signal)),
    checked('sidecars', async () => judgeSidecars(await proxies(cluster, signal))),
  ])
  return [first, ...rest]
}

async function istioCheck(cluster: Cluster, { kubeconfig, signal }: Where): Promise<Omit<Check, 'title'>> {
  const record = await readMeshRecord(cluster, signal)
  const mesh = record ? meshOf(cluster, kubeconfig, record) : await readForeignMesh({ cluster, kubeconfig, signal })
  const seen = `${mesh.istioVersion}, proxies ${mesh.proxyBuild}, ${mesh.source === 'foreign' ? 'not made by meshproof' : `images: ${mesh.source}`}`
  // What a foreign mesh calls its gateway is its own affair.
  const trouble = record ? await istioTrouble(cluster, signal) : undefined
  return trouble === undefined ? { state: 'ok', seen } : { state: 'fail', seen: `${seen}: ${trouble}`, next: 'meshproof up makes it anew' }
}

async function proxies(cluster: Cluster, signal: AbortSignal): Promise<ReturnType<typeof proxiesOf>> {
  return proxiesOf((await list(cluster, { group: '', kind: 'Pod', signal })) as unknown as CheckedPod[])
}

async function accessLogCheck(cluster: Cluster, signal: AbortSignal): Promise<Omit<Check, 'title'>> {
  const maps = await list(cluster, { group: '', kind: 'ConfigMap', namespace: ISTIO_NAMESPACE, signal })
  // One for each revision: `istio`, `istio-canary`.
  const configs = maps.flatMap(({ metadata, data }) => {
    const mesh = (data as { mesh?: string } | undefined)?.mesh
    return /^istio(-|$)/.test(metadata.name) && mesh !== undefined ? [mesh] : []
  })
  const wanted = await wantedFormat()
  const [first, ...others] = configs.map((mesh) => judgeAccessLog(mesh, wanted))
  if (!first) return { state: 'warn', seen: `there is no mesh config in ${ISTIO_NAMESPACE}: who decided cannot be proven` }
  return [first, ...others].find(({ state }) => state !== 'ok') ?? first
}
