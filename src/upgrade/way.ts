import type { Cluster } from '../kube/cluster.ts'
import type { Tools } from '../mesh/types.ts'
import type { BothLines } from './both-lines.ts'
import type { Journal } from './journal.ts'

/** How a mesh gets from one line to another, and back; each call tells the journal what it does. */
export interface Way {
  /** Brings the new control plane; every proxy of an app stays as it is. */
  bring(): Promise<void>
  /** Moves the sidecars of some namespaces to the new line. */
  move(namespaces: readonly string[]): Promise<void>
  /** Ends the move once every namespace is moved: the gateway, if it is not, and the old control plane, unless there may be a way back. */
  finish(): Promise<void>
  /** Takes everything back to the old line. */
  back(namespaces: readonly string[]): Promise<void>
}

export interface WayOptions {
  readonly cluster: Cluster
  readonly kubeconfig: string
  readonly tools: Tools
  readonly lines: BothLines
  readonly journal: Journal
  /** Whether `back` will be called. */
  readonly rollback: boolean
  readonly signal: AbortSignal
}
