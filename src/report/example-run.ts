import type { Reporter } from '../run/events.ts'
import type { Attempt, AttemptFate, CellResult, RunResult, ScenarioResult, Seen, StepResult } from '../run/result.ts'
import { worstVerdict } from '../run/result.ts'
import { type Cell, DEFAULT_BOUNDS, type Declared, type Scenario, type Step } from '../scenario/model.ts'

/** Hand-made results for the tests of reports: small, whole, with a fixed clock. */
const EXAMPLE = { file: 'scenarios/mtls.yaml', began: Date.parse('2026-11-24T09:30:00.000Z') } as const

export function cell(id: string, from: string, to: string, declared: Partial<Declared> & Pick<Declared, 'outcome'>): Cell {
  const [app = '', namespace = ''] = from.split('.')
  const [server = '', rest = ''] = to.split('.')
  const [serverNamespace = '', port = '0'] = rest.split(':')
  const [, step = '1', n = '1'] = /^s(\d+)\.c(\d+)$/.exec(id) ?? []
  return {
    id,
    step: Number(step) - 1,
    from: { app, namespace, text: from },
    to: { kind: 'service', app: server, namespace: serverNamespace, port: Number(port), text: to },
    question: { kind: 'http', method: 'GET', path: '/ip', headers: {} },
    declared: { sees: [], ...declared },
    bounds: DEFAULT_BOUNDS,
    where: { file: EXAMPLE.file, line: 20 + Number(step) * 10 + Number(n), column: 27 },
  }
}

/** The `n`-th question, asked 400 ms after the one before it. */
export function attempt(n: number, seen: Seen | undefined, fate: AttemptFate = { kind: 'counted' }): Attempt {
  return {
    n,
    token: `mp-${n}`,
    at: new Date(EXAMPLE.began + n * 400).toISOString(),
    ms: 12,
    command: `curl -sS -H 'x-meshproof: mp-${n}' http://httpbin.foo:8000/ip`,
    exitCode: 0,
    seen,
    fate,
    serverLog: { token: `mp-${n}`, response_code: Number(seen?.outcome) || 0, response_code_details: 'via_upstream' },
    wireEvidence: 'TLS application data both ways',
    sinceChangeMs: n * 400,
  }
}

/** Seen three times as declared. */
export function passed(one: Cell, more: Partial<CellResult> = {}): CellResult {
  const seen: Seen = { outcome: one.declared.outcome, wire: one.declared.wire, by: one.declared.by }
  return { cell: one, verdict: 'pass', observed: seen, attempts: [attempt(1, seen), attempt(2, seen), attempt(3, seen)], ...more }
}

export function step(index: number, title: string, cells: readonly CellResult[], more: Partial<StepResult> = {}): StepResult {
  return {
    index,
    title,
    verdict: worstVerdict(cells.map((one) => one.verdict)),
    changes: [],
    settleMs: 0,
    altered: [],
    cells,
    causes: [],
    ms: 1300,
    ...more,
  }
}

/** A scenario whose plan is what its steps' results hold. */
export function scenario(id: string, steps: readonly StepResult[], more: Partial<ScenarioResult> = {}): ScenarioResult {
  const planned = steps.map(
    (one): Step => ({
      index: one.index,
      title: one.title,
      deletes: [],
      applies: [],
      warns: [],
      cells: one.cells.map((result) => result.cell),
      bounds: DEFAULT_BOUNDS,
      where: { file: EXAMPLE.file, line: 20 + one.index * 10, column: 5 },
    }),
  )
  const plan: Scenario = {
    id,
    title: 'Mutual TLS, one namespace at a time',
    story: 'foo locks down to mutual TLS.',
    tags: ['mtls'],
    world: [],
    bounds: DEFAULT_BOUNDS,
    steps: planned,
    where: { file: EXAMPLE.file, line: 1, column: 1 },
    source: 'scenario: Mutual TLS, one namespace at a time\n',
  }
  return { scenario: plan, verdict: worstVerdict(steps.map((one) => one.verdict)), steps, causes: [], ms: 4200, ...more }
}

export function run(scenarios: readonly ScenarioResult[], more: Partial<RunResult> = {}): RunResult {
  return {
    id: '20261124-093000-k3v9',
    startedAt: new Date(EXAMPLE.began).toISOString(),
    ms: 65_000,
    mesh: {
      context: 'kind-meshproof',
      kubeconfig: '/home/somebody/.kube/config',
      clusterName: 'meshproof',
      source: 'build',
      istioVersion: '1.31.1',
      proxyBuild: 'upstream Envoy 1.39.3 with pilot-agent 1.31',
      kubernetesVersion: 'v1.34.4',
      images: [{ reference: 'docker.io/istio/proxyv2:1.31.1', id: 'sha256:0123' }],
    },
    verdict: worstVerdict(scenarios.map((one) => one.verdict)),
    interrupted: false,
    scenarios,
    causes: [],
    harness: { version: '0.1.0', node: 'v20.20.0', peakRssBytes: 120_000_000 },
    ...more,
  }
}

const strict = cell('s2.c3', 'sleep.legacy', 'httpbin.foo:8000', { outcome: 'reset', wire: 'plain', by: { kind: 'strict' } })
const flapping = cell('s2.c4', 'sleep.legacy', 'httpbin.bar:8000', { outcome: '200', wire: 'plain' })
const open: Seen = { outcome: '200', wire: 'plain' }
const cut: Seen = { outcome: 'reset', wire: 'plain', by: { kind: 'strict' } }

/** A cell that fails: STRICT was declared, plain text was served, after one stale answer. */
export const FAILED: CellResult = {
  cell: strict,
  verdict: 'fail',
  observed: open,
  cause: { code: 'wrong-outcome', message: 'plain text was served.' },
  attempts: [
    attempt(1, open, { kind: 'stale', reason: 'connection 12 is older than the change' }),
    attempt(2, open),
    attempt(3, open),
    attempt(4, open),
  ],
}

/** A cell that flaps. */
export const FLAPPING: CellResult = {
  cell: flapping,
  verdict: 'inconclusive',
  cause: { code: 'flapping', message: 'the counted answers contradict each other' },
  attempts: [
    attempt(1, open),
    attempt(2, open),
    attempt(3, undefined, { kind: 'void', cause: { code: 'probe-timeout', message: 'no answer in 5 s' } }),
    attempt(4, cut),
  ],
}

/** A run with a pass, a fail, an inconclusive cell, and a scenario that leaked. */
export function mixedRun(): RunResult {
  const first = step(0, 'before any policy everyone is served', [
    passed(cell('s1.c1', 'sleep.foo', 'httpbin.foo:8000', { outcome: '200', wire: 'mtls' })),
    passed(cell('s1.c2', 'sleep.foo', 'httpbin.bar:8000', { outcome: '200', wire: 'mtls' })),
  ])
  const second = step(
    1,
    'foo accepts mutual TLS only',
    [
      passed(cell('s2.c1', 'sleep.foo', 'httpbin.foo:8000', { outcome: '200', wire: 'mtls' }), { timeToEnforceMs: 900 }),
      passed(cell('s2.c2', 'sleep.foo', 'httpbin.bar:8000', { outcome: '200', wire: 'mtls' })),
      FAILED,
      FLAPPING,
    ],
    {
      changes: [
        { action: 'apply', object: 'PeerAuthentication/default.foo', yaml: 'kind: PeerAuthentication\n', warnings: ['mind the gap'] },
      ],
      settleMs: 340,
      altered: ['httpbin-7d9f.foo'],
      timeToEnforceMs: 900,
      ms: 15_020,
    },
  )
  const leak = { code: 'leaked', message: 'ConfigMap/left.foo was left behind' }
  return run([scenario('mtls', [first, second], { causes: [leak] })])
}

/** Tells a reporter the whole run, as `run/` would; a step's cells are decided in their order. */
export function tell(reporter: Reporter, result: RunResult): void {
  reporter.onEvent({ kind: 'run-start', id: result.id, scenarios: result.scenarios.map((one) => one.scenario), mesh: result.mesh })
  for (const one of result.scenarios) {
    reporter.onEvent({ kind: 'scenario-start', scenario: one.scenario })
    for (const [index, done] of one.steps.entries()) tellStep(reporter, one, { index, done })
    reporter.onEvent({ kind: 'scenario-end', scenario: one.scenario, result: one })
  }
  reporter.onEvent({ kind: 'run-end', result })
}

/** One step's events. */
export function tellStep(
  reporter: Reporter,
  { scenario: plan }: ScenarioResult,
  { index, done }: { index: number; done: StepResult },
): void {
  const planned = plan.steps[index]
  if (!planned) throw new Error(`the example has no step ${index}`)
  reporter.onEvent({ kind: 'step-start', scenario: plan, step: planned })
  reporter.onEvent({ kind: 'step-phase', scenario: plan, step: planned, phase: 'asking' })
  for (const decided of done.cells) {
    reporter.onEvent({ kind: 'cell-decided', scenario: plan, step: planned, cell: decided.cell, result: decided })
  }
  reporter.onEvent({ kind: 'step-end', scenario: plan, step: planned, result: done })
}

/** A stream that keeps what it is told. */
export function textSink(columns?: number): { write(text: string): void; readonly columns: number | undefined; text(): string } {
  let kept = ''
  return {
    write: (text) => {
      kept += text
    },
    columns,
    text: () => kept,
  }
}
