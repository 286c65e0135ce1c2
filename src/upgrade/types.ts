import type { ImageSource, IstioLine } from '../mesh/types.ts'
import type { Cause, RunResult } from '../run/result.ts'
import type { Continuous } from './continuous-types.ts'

/** How the control plane is replaced: over the old one, or as a second revision beside it that namespaces are moved to. */
export type Strategy = 'in-place' | 'canary'

/**
 * The states of the mesh in which all scenarios are run, in their order. `control-plane`: new control plane, all proxies old.
 * `half-moved`: one namespace's proxies are new, the others' old.
 */
export type MeshState = (typeof STATES)[number]

export const STATES = ['before', 'control-plane', 'half-moved', 'after', 'rolled-back'] as const

/** One Istio line of the upgrade. */
export interface LineFacts {
  readonly line: IstioLine
  readonly istioVersion: string
  readonly proxyBuild: string
}

/** A whole run of the scenarios in one state of the mesh. */
export interface StateRun {
  readonly state: MeshState
  readonly result: RunResult
}

/** Something that was done to the mesh, or to the continuous part. Times in milliseconds since 1970. */
export interface TimelineEvent {
  /** `change`: of the control plane. `rollout`: of proxies. `run`: scenarios, while nothing is asked continuously. `note`: all else. */
  readonly kind: 'change' | 'rollout' | 'run' | 'note'
  readonly title: string
  readonly at: number
  /** Absent while it was never finished. */
  readonly end?: number | undefined
}

export interface UpgradeResult {
  readonly id: string
  readonly startedAt: string
  readonly ms: number
  readonly strategy: Strategy
  readonly from: LineFacts
  readonly to: LineFacts
  /** Unknown where no mesh came up. */
  readonly imageSource: ImageSource | 'unknown'
  readonly runs: readonly StateRun[]
  readonly events: readonly TimelineEvent[]
  /** What was asked all the while; absent where it was never begun. */
  readonly continuous?: Continuous | undefined
  /** How many questions of allowed pairs may go unserved. */
  readonly allowLoss: number
  /** Why it did not come to its end. */
  readonly causes: readonly Cause[]
  readonly interrupted: boolean
}
