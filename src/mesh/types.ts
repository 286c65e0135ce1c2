/** Where images, charts and the node come from; see the design, section 7. */
export type ImageSource = 'registry' | 'build'

/** One line of Istio as `kind/versions.yaml` pins it: `1.31`. */
export type IstioLine = string

/** An image as it is loaded into the node. */
export interface Image {
  /** What manifests name: `docker.io/mccutchen/go-httpbin:v2.15.0`. */
  readonly reference: string
  /** Content address in the engine, `sha256:…`. */
  readonly id: string
  /** What it really is, where something else goes by the name of a public image: `Debian's tcpdump`. */
  readonly standIn?: string | undefined
}

/** All that is needed to bring up one Istio line, present on this machine. */
export interface Artifacts {
  readonly source: ImageSource
  readonly line: IstioLine
  /** Full Istio version as reports name it: `1.31.1`, or `1.31 (build of <module version>)`. */
  readonly istioVersion: string
  /** What runs as the sidecar: `istio/proxyv2 1.31.1`, `upstream Envoy 1.39.3 with pilot-agent 1.31`. */
  readonly proxyBuild: string
  /** The node image's reference. */
  readonly node: Image
  /** Images to load into the node. */
  readonly images: readonly Image[]
  /** Folders or archives of the Helm charts. */
  readonly charts: { readonly base: string; readonly istiod: string; readonly gateway: string }
  /** Helm values that this source needs on top of `kind/values/`: hub, tag, switched-off filters. */
  readonly values: Readonly<Record<string, unknown>>
}

/** Absolute paths of the programs. */
export interface Tools {
  readonly kind: string
  readonly helm: string
  readonly kubectl: string
  /** Present only when something has to be built. */
  readonly go?: string
}

/** A mesh that is up: only this can be connected to. */
export interface Mesh {
  readonly context: string
  readonly kubeconfig: string
  readonly clusterName: string
  readonly source: ImageSource | 'foreign'
  readonly istioVersion: string
  readonly proxyBuild: string
  readonly kubernetesVersion: string
  readonly images: readonly Image[]
}

/** Progress of long work, for the console: a step begins, counts on, says something, ends. */
export type Progress = (
  event:
    | { readonly kind: 'start'; readonly title: string }
    | { readonly kind: 'count'; readonly title: string; readonly done: number; readonly of: number; readonly detail?: string }
    | { readonly kind: 'note'; readonly text: string }
    | { readonly kind: 'end'; readonly title: string; readonly ms: number; readonly skipped?: string },
) => void
