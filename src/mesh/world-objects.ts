import { createHash } from 'node:crypto'
import { parseAllDocuments } from 'yaml'
import { MeshproofError } from '../error.ts'
import { OWNER_LABEL } from '../kube/cluster.ts'
import type { Manifest } from '../scenario/model.ts'

/** The value of OWNER_LABEL on everything that `up` and `ensureWorld` make. */
export const OWNER = 'meshproof'
/**
 * Tells what an object was made from: pods and their controller from the whole manifest of their app, any other object from its own part,
 * so that apps can share one (the Service of several versions). What has another stamp is an old one.
 */
export const STAMP_LABEL = 'meshproof.dev/stamp'
/** The container with tcpdump in server pods that have no sidecar. */
export const CAPTURE_CONTAINER = 'capture'

/** One app of a namespace of the world, as it is applied. */
export interface WorldApp {
  readonly app: string
  readonly namespace: string
  /** Whether its pods must have a sidecar. */
  readonly sidecar: boolean
  /** Of its pods. */
  readonly stamp: string
  /** The labels that its pods are known by: those that their Deployment selects. */
  readonly podLabels: Readonly<Record<string, string>>
  readonly objects: readonly Manifest[]
}

interface AppSource {
  readonly app: string
  readonly namespace: string
  readonly mesh: boolean
  /** The text of `kind/apps/<app>.yaml`. */
  readonly text: string
  readonly captureImage: string
}

interface Container {
  readonly name: string
  readonly ports?: readonly unknown[]
  readonly lifecycle?: unknown
}

interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> }
  readonly spec: { readonly containers: readonly Container[] }
}

/**
 * The objects of an app in its namespace: labelled as ours, stamped, and with a capture container in each server
 * without a sidecar, whose wire nobody else could read.
 * @throws MeshproofError `app-broken` for a manifest that is no YAML or has no Deployment.
 */
export function worldApp({ app, namespace, mesh, text, captureImage }: AppSource): WorldApp {
  const documents = parseAllDocuments(text)
  const problem = documents.flatMap(({ errors }) => errors)[0]
  if (problem) throw new MeshproofError({ code: 'app-broken', message: `kind/apps/${app}.yaml cannot be read`, cause: problem })
  const plain = documents.map((document) => document.toJS() as Manifest | null).filter((object) => object !== null)
  const templates = plain.map(templateOf).filter((template) => template !== undefined)
  const sidecar = mesh && templates.some(({ metadata }) => metadata?.labels?.['sidecar.istio.io/inject'] !== 'false')
  const stamp = stampOf([text, mesh, sidecar ? '' : captureContainer(captureImage)])
  const objects = plain.map((object) => {
    const template = templateOf(object)
    const labels = { [OWNER_LABEL]: OWNER, [STAMP_LABEL]: template ? stamp : stampOf(object) }
    const ours = { ...object, metadata: { ...object.metadata, namespace, labels: { ...labelsOf(object), ...labels } } }
    return template
      ? { ...ours, spec: { ...(object['spec'] as object), template: ownTemplate(template, labels, sidecar ? undefined : captureImage) } }
      : ours
  })
  return { app, namespace, sidecar, stamp, podLabels: podLabelsOf(app, plain), objects }
}

function stampOf(source: unknown): string {
  return createHash('sha256').update(JSON.stringify(source)).digest('hex').slice(0, 12)
}

/** @throws MeshproofError `app-broken`: without pods of its own an app would be ready at once, whatever its manifest meant. */
function podLabelsOf(app: string, objects: readonly Manifest[]): Readonly<Record<string, string>> {
  const deployment = objects.find(({ kind }) => kind === 'Deployment')
  const spec = deployment?.['spec'] as { selector?: { matchLabels?: Readonly<Record<string, string>> } } | undefined
  const labels = spec?.selector?.matchLabels
  if (labels) return labels
  throw new MeshproofError({ code: 'app-broken', message: `kind/apps/${app}.yaml has no Deployment that selects its pods by labels` })
}

/** The namespace itself. Injection needs the label; sidecars and capture containers need privileges. */
export function worldNamespace({ name, mesh }: { name: string; mesh: boolean }): Manifest {
  const labels = {
    [OWNER_LABEL]: OWNER,
    'pod-security.kubernetes.io/enforce': 'privileged',
    'istio-injection': mesh ? 'enabled' : 'disabled',
  }
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, namespace: '', labels } }
}

function templateOf(object: Manifest): PodTemplate | undefined {
  return (object['spec'] as { template?: PodTemplate } | undefined)?.template
}

function labelsOf(object: Manifest): Readonly<Record<string, string>> {
  return (object.metadata['labels'] ?? {}) as Readonly<Record<string, string>>
}

function ownTemplate(template: PodTemplate, labels: Readonly<Record<string, string>>, captureImage: string | undefined): PodTemplate {
  const server = template.spec.containers.some(({ ports }) => ports !== undefined && ports.length > 0)
  const capture = server && captureImage !== undefined ? [captureBeside(template, captureImage)] : []
  return {
    ...template,
    metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...labels } },
    spec: { ...template.spec, containers: [...template.spec.containers, ...capture] },
  }
}

/** It goes as the servers do: the grace of a pod that ends at once has no room for a drain. */
function captureBeside({ spec }: PodTemplate, image: string): Container {
  const { lifecycle, ...bare } = captureContainer(image)
  return spec.containers.some((server) => server.lifecycle !== undefined) ? { ...bare, lifecycle } : bare
}

function captureContainer(image: string): Container & Readonly<Record<string, unknown>> {
  return {
    name: CAPTURE_CONTAINER,
    image,
    imagePullPolicy: 'IfNotPresent',
    // It ends with the server beside it: a process that is a container's first hears only the signals that it asks for.
    command: ['sh', '-c', 'trap "exit 0" TERM; sleep infinity & wait'],
    lifecycle: { preStop: { sleep: { seconds: 5 } } },
    securityContext: { privileged: true, runAsUser: 0 },
    resources: { requests: { cpu: '5m', memory: '16Mi' } },
  }
}
