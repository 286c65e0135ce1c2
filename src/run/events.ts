import type { Mesh } from '../mesh/types.ts'
import type { Cell, Scenario, Step } from '../scenario/model.ts'
import type { EvidenceFile } from './evidence.ts'
import type { CellResult, RunResult, ScenarioResult, StepResult } from './result.ts'

/** What a run says while it runs, in order. Reporters switch on `kind`; a run knows none of them. */
export type RunEvent =
  | { readonly kind: 'run-start'; readonly id: string; readonly scenarios: readonly Scenario[]; readonly mesh?: Mesh | undefined }
  | { readonly kind: 'scenario-start'; readonly scenario: Scenario }
  | { readonly kind: 'step-start'; readonly scenario: Scenario; readonly step: Step }
  | { readonly kind: 'step-phase'; readonly scenario: Scenario; readonly step: Step; readonly phase: 'changing' | 'settling' | 'asking' }
  | { readonly kind: 'cell-decided'; readonly scenario: Scenario; readonly step: Step; readonly cell: Cell; readonly result: CellResult }
  | { readonly kind: 'step-end'; readonly scenario: Scenario; readonly step: Step; readonly result: StepResult }
  /** What shows why cells of a step are red, while it can still be had. */
  | { readonly kind: 'evidence'; readonly scenario: Scenario; readonly step: Step; readonly files: readonly EvidenceFile[] }
  | { readonly kind: 'scenario-end'; readonly scenario: Scenario; readonly result: ScenarioResult }
  | { readonly kind: 'run-end'; readonly result: RunResult }

/** Receives every event, one after the other. `end` is awaited before the process ends. */
export interface Reporter {
  onEvent(event: RunEvent): void
  end?(): Promise<void>
}
