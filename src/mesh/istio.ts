import { MeshproofError } from '../error.ts'
import { type AnyObject, type Cluster, HOME_NAMESPACE } from '../kube/cluster.ts'
import { get, list } from '../kube/get.ts'
import { request } from '../kube/request.ts'
import { waitFor } from '../wait.ts'
import { helmInstall, helmUninstall } from './helm.ts'
import { KIND_FOLDER } from './kind-folder.ts'
import { podTroubles } from './pod-troubles.ts'
import type { Artifacts, Tools } from './types.ts'

/** The root namespace of a mesh that we install. */
export const ISTIO_NAMESPACE = 'istio-system'
const GATEWAY = 'istio-ingressgateway'

const READY_WITHIN = 120_000

interface Installing {
  readonly cluster: Cluster
  readonly kubeconfig: string
  readonly artifacts: Artifacts
  /** A control plane beside another one has a name; the only one has none. */
  readonly revision?: string | undefined
  /** Revision tags that lead to it: what namespaces may be labelled with instead of its name. `default` is meant by `istio-injection`. */
  readonly tags?: readonly string[] | undefined
  readonly tools: Tools
  readonly signal: AbortSignal
}

/**
 * Installs istio-base and istiod, and waits until a pod that is created now gets its sidecar.
 * @throws MeshproofError `istio-not-ready` with the reasons of its pods; those of `helmInstall`.
 */
export async function installIstio(installing: Installing): Promise<void> {
  await installBase(installing)
  await installIstiod(installing)
}

/** Installs istio-base, the definitions of Istio's kinds, or brings it to another version. @throws those of `helmInstall`. */
export async function installBase({ artifacts, revision, ...installing }: Installing): Promise<void> {
  const release = {
    name: 'istio-base',
    chart: artifacts.charts.base,
    namespace: ISTIO_NAMESPACE,
    files: [`${KIND_FOLDER}values/base.yaml`],
    // Who validates what is applied.
    values: revision === undefined ? {} : { defaultRevision: revision },
  }
  await helmInstall(release, helmOf(installing))
}

/** Installs istiod, or brings it to another version, and waits for the new one. @throws MeshproofError `istio-not-ready`; those of `helmInstall`. */
export async function installIstiod({ artifacts, revision, tags = [], ...installing }: Installing): Promise<void> {
  const { cluster, signal } = installing
  const { charts, source } = artifacts
  const name = istiodOf(revision)
  const values = { ...artifacts.values, ...(revision === undefined ? {} : { revision, revisionTags: tags }) }
  const files = [`${KIND_FOLDER}values/istiod.yaml`, ...(source === 'build' ? [`${KIND_FOLDER}values/build.yaml`] : [])]
  await helmInstall({ name, chart: charts.istiod, namespace: ISTIO_NAMESPACE, files, values }, helmOf(installing))
  const look = async (looking: AbortSignal): Promise<Look> => {
    const rolled = await deployment(cluster, name, looking)
    return 'done' in rolled ? injection(cluster, looking, revision) : rolled
  }
  await untilReady(cluster, `${name} injects sidecars and validates`, look, signal)
}

/** Removes a control plane that no proxy follows any more. @throws those of `helmUninstall`. */
export async function removeIstiod({ revision, ...installing }: Omit<Installing, 'artifacts'>): Promise<void> {
  await helmUninstall({ name: istiodOf(revision), namespace: ISTIO_NAMESPACE }, helmOf(installing))
}

/** The name of a control plane's release and Deployment. */
function istiodOf(revision: string | undefined): string {
  return revision === undefined ? 'istiod' : `istiod-${revision}`
}

/** Installs the ingress gateway and waits for its pod. @throws MeshproofError `istio-not-ready`; those of `helmInstall`. */
export async function installGateway({ artifacts, revision, ...installing }: Installing): Promise<void> {
  const { cluster, signal } = installing
  const files = [`${KIND_FOLDER}values/gateway.yaml`]
  const values = revision === undefined ? {} : { revision }
  await helmInstall({ name: GATEWAY, chart: artifacts.charts.gateway, namespace: ISTIO_NAMESPACE, files, values }, helmOf(installing))
  await untilReady(cluster, 'the ingress gateway is ready', (looking) => deployment(cluster, GATEWAY, looking), signal)
}

function helmOf({ cluster, kubeconfig, tools, signal }: Pick<Installing, 'cluster' | 'kubeconfig' | 'tools' | 'signal'>) {
  return { helm: tools.helm, kubeconfig, context: cluster.context, signal }
}

/** What the control plane and the gateway lack now; undefined when both are ready. Three requests. */
export async function istioTrouble(cluster: Cluster, signal: AbortSignal): Promise<string | undefined> {
  const looks = await Promise.all([injection(cluster, signal), deployment(cluster, GATEWAY, signal)])
  return looks.find((look) => 'seen' in look)?.seen
}

type Look = { readonly done: true; readonly seen?: never } | { readonly seen: string; readonly done?: never }

/**
 * Deployments that call themselves ready are not enough: istiod of 1.30 and older does so before its webhooks answer.
 * A pod that is created dry goes through the webhook and leaves nothing behind.
 */
async function injection(cluster: Cluster, signal: AbortSignal, revision?: string): Promise<Look> {
  const own = revision === undefined ? {} : { 'istio.io/rev': revision }
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'injected', namespace: HOME_NAMESPACE, labels: { 'sidecar.istio.io/inject': 'true', ...own } },
    spec: { containers: [{ name: 'app', image: 'app' }] },
  }
  const path = `/api/v1/namespaces/${HOME_NAMESPACE}/pods?dryRun=All`
  const answer = await request(cluster, { method: 'POST', path, body, signal })
  if (answer.status !== 201) return { seen: `a pod is not created: ${(answer.body as { message?: string }).message ?? answer.status}` }
  const { spec } = answer.body as { spec: { containers: { name: string }[]; initContainers?: { name: string }[] } }
  const names = [...spec.containers, ...(spec.initContainers ?? [])].map(({ name }) => name)
  if (!names.includes('istio-proxy')) return { seen: 'a new pod gets no sidecar' }
  return validation(cluster, signal)
}

/** istiod lets everything pass until it has tried its own webhook, then it sets the policy to Fail. */
async function validation(cluster: Cluster, signal: AbortSignal): Promise<Look> {
  const labelSelector = 'app=istiod'
  const hooks = await list(cluster, {
    group: 'admissionregistration.k8s.io',
    kind: 'ValidatingWebhookConfiguration',
    labelSelector,
    signal,
  })
  const lax = hooks.find((hook) => (hook['webhooks'] as { failurePolicy: string }[]).some(({ failurePolicy }) => failurePolicy !== 'Fail'))
  return lax ? { seen: `${lax.metadata.name} lets invalid objects pass` } : { done: true }
}

async function deployment(cluster: Cluster, name: string, signal: AbortSignal): Promise<Look> {
  const there = await get(cluster, { group: 'apps', kind: 'Deployment', name, namespace: ISTIO_NAMESPACE }, { signal })
  return there && isReady(there) ? { done: true } : { seen: `${name} has no ready pod, or still an old one` }
}

function isReady({ metadata, status }: AnyObject): boolean {
  const seen = (status ?? {}) as { observedGeneration?: number; updatedReplicas?: number; readyReplicas?: number; replicas?: number }
  const { replicas = 0, readyReplicas = 0, updatedReplicas = 0 } = seen
  return seen.observedGeneration === metadata['generation'] && replicas > 0 && readyReplicas === replicas && updatedReplicas === replicas
}

async function untilReady(
  cluster: Cluster,
  what: string,
  look: (signal: AbortSignal) => Promise<Look>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await waitFor({ what, code: 'istio-not-ready', deadlineMs: READY_WITHIN, everyMs: 150, signal, look })
  } catch (error) {
    if (!(error instanceof MeshproofError && error.code === 'istio-not-ready')) throw error
    const troubles = await podTroubles(cluster, { namespace: ISTIO_NAMESPACE, signal })
    throw new MeshproofError({
      code: 'istio-not-ready',
      message: error.message,
      seen: [error.seen, ...troubles].join('; '),
      next: `kubectl --context ${cluster.context} -n ${ISTIO_NAMESPACE} get pods,events`,
      cause: error.cause,
    })
  }
}
