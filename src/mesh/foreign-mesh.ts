import { MeshproofError } from '../error.ts'
import type { Cluster } from '../kube/cluster.ts'
import { list } from '../kube/get.ts'
import type { Image, Mesh } from './types.ts'

interface Reading {
  readonly cluster: Cluster
  readonly kubeconfig: string
  readonly signal: AbortSignal
}

/**
 * The facts of a mesh that somebody else made, from what runs in it: istiod's images and the proxies'.
 * @throws MeshproofError `istio-missing` when no istiod runs there; those of `list`.
 */
export async function readForeignMesh({ cluster, kubeconfig, signal }: Reading): Promise<Mesh> {
  const pods = (await list(cluster, { group: '', kind: 'Pod', signal })) as unknown as RawPod[]
  const { istiod, proxies } = meshImages(pods)
  if (istiod.length === 0) {
    throw new MeshproofError({
      code: 'istio-missing',
      message: `no istiod runs in the cluster ${cluster.context}`,
      expected: 'a running pod with the label app=istiod',
      seen: `${pods.length} pods, none of them istiod (a control plane outside the cluster is not supported)`,
      next: 'kubectl get pods -A -l app=istiod',
    })
  }
  return {
    context: cluster.context,
    kubeconfig,
    clusterName: cluster.config.getCurrentCluster()?.name ?? cluster.context,
    source: 'foreign',
    ...describeImages({ istiod, proxies }),
    kubernetesVersion: cluster.version,
    images: [...istiod, ...proxies],
  }
}

interface RawContainer {
  readonly name: string
  readonly image: string
  readonly imageID: string
}

export interface RawPod {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> }
  readonly status?: {
    readonly containerStatuses?: readonly RawContainer[]
    readonly initContainerStatuses?: readonly RawContainer[]
  }
}

/** Pure: the distinct images that istiod and the proxies run. */
export function meshImages(pods: readonly RawPod[]): { readonly istiod: readonly Image[]; readonly proxies: readonly Image[] } {
  const containers = pods.flatMap(({ metadata, status }) =>
    [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].map((container) => ({
      ...container,
      istiod: metadata.labels?.['app'] === 'istiod' && container.name === 'discovery',
    })),
  )
  return {
    istiod: distinct(containers.filter(({ istiod }) => istiod)),
    proxies: distinct(containers.filter(({ name }) => name === 'istio-proxy')),
  }
}

/** Pure: the versions as reports name them. */
export function describeImages({ istiod, proxies }: ReturnType<typeof meshImages>): Pick<Mesh, 'istioVersion' | 'proxyBuild'> {
  return {
    istioVersion: unique(istiod.map(({ reference }) => tagOf(reference))).join(' and '),
    proxyBuild: unique(proxies.map(({ reference }) => nameOf(reference))).join(' and ') || 'no proxy runs',
  }
}

function distinct(containers: readonly RawContainer[]): Image[] {
  const byId = new Map(containers.map(({ image, imageID }) => [imageID || image, { reference: image, id: digestOf(imageID) }]))
  return [...byId.values()].sort((a, b) => a.reference.localeCompare(b.reference))
}

/** `docker.io/istio/pilot@sha256:…` and `sha256:…` both name the content by its end. */
function digestOf(imageId: string): string {
  return imageId.slice(imageId.lastIndexOf('@') + 1)
}

function tagOf(reference: string): string {
  const name = nameOf(reference)
  return name.slice(name.indexOf(' ') + 1)
}

/** `istio/proxyv2 1.31.1` for `registry.istio.io/istio/proxyv2:1.31.1`; a digest stands for a tag that is not there. */
function nameOf(reference: string): string {
  const [path = '', digest] = reference.split('@')
  const parts = path.split('/')
  const [last = '', tag] = (parts.at(-1) ?? '').split(':')
  return `${[...parts.slice(-2, -1), last].join('/')} ${tag ?? digest ?? 'without a tag'}`
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}
