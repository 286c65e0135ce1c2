import type { Scenario } from '../scenario/model.ts'
import type { Claim, ClaimedDocument } from './claims.ts'
import { currentState, formatState, type LineState } from './claims-state.ts'

interface ClaimsTable {
  readonly documents: readonly ClaimedDocument[]
  readonly scenarios: readonly Scenario[]
  readonly states: readonly LineState[]
}

/** The claims of every document with what came of them, in Markdown, after the states that it is made from. Pure. */
export function renderClaims({ documents, scenarios, states }: ClaimsTable): string {
  const lines = [...states].sort((a, b) => a.line.localeCompare(b.line, 'en', { numeric: true }))
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const head = ['', 'claim', 'shown by', ...lines.map(({ line }) => line)]
  return [
    ...lines.map(formatState),
    '',
    row(head),
    row(head.map(() => '---')),
    ...documents.flatMap(({ id, title, claims }) => [
      row([`**${id}**`, `**${title}**`, '', ...lines.map(() => '')]),
      ...claims.map((claim, index) => row(claimCells({ claim, number: `${id}.${index + 1}`, scenarios, states: lines }))),
    ]),
  ].join('\n')
}

interface ClaimRow {
  readonly claim: Claim
  readonly number: string
  readonly scenarios: readonly Scenario[]
  readonly states: readonly LineState[]
}

function claimCells({ claim, number, scenarios, states }: ClaimRow): string[] {
  const scenario = scenarios.find(({ id }) => id === claim.scenario)
  const step = scenario?.steps.findIndex(({ title }) => title === claim.step) ?? -1
  const said = claim.today === undefined ? claim.claim : `${claim.claim}. *Today:* ${claim.today}`
  const results = states.map((state) => resultOf(scenario && currentState(state, scenario)?.steps[step]))
  return [
    number,
    inCell(said),
    `[${claim.scenario}](${scenario?.where.file ?? ''}#L${scenario?.steps[step]?.where.line ?? 1}) ${step + 1}`,
    ...results,
  ]
}

/** `✓ 9`: all nine checks of the step came out as declared. */
function resultOf(step: string | undefined): string {
  if (step === undefined) return 'not run'
  if (step === 'fail') return '✗'
  return step === 'none' ? '?' : `✓ ${step}`
}

function inCell(said: string): string {
  return said.replaceAll('|', '\\|')
}
