import type { KubeConfig } from '@kubernetes/client-node'
import type { Manifest, ObjectKey } from '../scenario/model.ts'

/** The label that marks every object of a run; its value is the run's id. Nothing without it is ever changed. */
export const RUN_LABEL = 'meshproof.dev/run'
/** The label of the mesh and world that `up` made. */
export const OWNER_LABEL = 'meshproof.dev/owner'
/** Where meshproof keeps its lease and its markers; it holds no proxy. */
export const HOME_NAMESPACE = 'meshproof'

/** One connected cluster. Everything that talks to an API server takes this first. */
export interface Cluster {
  /** The kubeconfig's context, `kind-meshproof`. */
  readonly context: string
  readonly config: KubeConfig
  /** Server version, `v1.34.4`. */
  readonly version: string
}

/** What the API server said to an apply. */
interface Applied {
  readonly key: ObjectKey
  readonly resourceVersion: string
  /** Texts of the Warning headers, without code and agent. */
  readonly warnings: readonly string[]
  /** When the API server's answer was here (`performance.now()`). */
  readonly at: number
}

/** How an apply can end that is not our fault: the object is in, or an admission webhook or the schema said no. */
export type ApplyOutcome = { readonly kind: 'applied'; readonly applied: Applied } | { readonly kind: 'refused'; readonly message: string }

export interface PodRef {
  readonly namespace: string
  readonly pod: string
  readonly container: string
}

/** Why a long-lived stream ended. `exit` is the process's own end; `lost` is the link (closed, cut, never opened). */
export type StreamEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'closed-by-us' }

/** A process in a container that is kept running. */
export interface ExecStream {
  /** Writes to its stdin; throws MeshproofError `exec-link-lost` once it ended. */
  write(text: string): void
  /** Settles once, never rejects. */
  readonly ended: Promise<StreamEnd>
  /** Ends the link; the process in the pod ends with its stdin. */
  close(): void
}

export interface ExecResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export type AnyObject = Manifest & {
  readonly metadata: Manifest['metadata'] & { resourceVersion?: string; labels?: Record<string, string>; uid?: string }
}
