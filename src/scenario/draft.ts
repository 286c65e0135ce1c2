import type { SourceDocument } from './document.ts'
import type { Scenario } from './model.ts'
import type { DraftStep } from './read-step.ts'

/** Everything that was read of a file, whole or not, for the checks. */
export interface Draft {
  readonly document: SourceDocument
  readonly scenario: Scenario
  readonly steps: readonly DraftStep[]
}

/** What a scenario may count on without bringing it along. */
export interface Surroundings {
  /** Names of the manifests in `kind/apps/`. */
  readonly apps: readonly string[]
  /** Names of the Services in each app's manifest, where they are not the app's own name alone. */
  readonly services: Readonly<Record<string, readonly string[]>>
  /** The Istio lines that there are; nothing is said of version gates without. */
  readonly lines?: readonly string[]
}

export const DEFAULT_SURROUNDINGS: Surroundings = {
  apps: ['sleep', 'httpbin', 'tcp-echo'],
  services: {},
}
