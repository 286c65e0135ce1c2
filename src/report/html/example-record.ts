import type { CellRecord, RunRecord } from '../record-schema.ts'
import { BEGAN, exampleCell, exampleScenario, exampleStep, failed, PEER_STRICT, worst } from './example-parts.ts'
import type { ScenarioRecord } from './places.ts'

/** A record for the tests of the page: 25 scenarios of 4 steps of 4 cells, 3 to 6 attempts each, of which every 40th cell failed: as long as the full set gets. */
export function fullSet(): RunRecord {
  const chance = generator(7)
  return recordOf(Array.from({ length: 25 }, (_, index) => bigScenario(index, chance)))
}

/** Everything that a record can hold, at least once, with one cell for each way to be red. */
export function richRecord(): RunRecord {
  const chance = generator(3)
  const served = exampleCell({ id: 's2.c1', from: 'sleep.foo', to: 'httpbin.foo:8000', chance })
  const gateway: CellRecord = {
    ...exampleCell({ id: 's2.c2', from: 'sleep.legacy', to: 'gateway/ingress.istio-system:80', chance }),
    to: {
      kind: 'gateway',
      name: 'ingress',
      namespace: 'istio-system',
      port: 80,
      host: 'httpbin.example.com',
      behind: { app: 'httpbin', namespace: 'foo', port: 8000, text: 'httpbin.foo:8000' },
      text: 'gateway/ingress.istio-system:80',
    },
  }
  const outside: CellRecord = {
    ...exampleCell({ id: 's2.c3', from: 'sleep.foo', to: 'https://example.com:443', chance }),
    to: { kind: 'url', url: 'https://example.com:443', text: 'https://example.com:443' },
    declared: { text: '200', outcome: '200', sees: ['x-id'], lacks: ['x-secret'] },
    verdict: 'fail',
    observed: { text: '200', outcome: '200', missing: ['x-id'], unwanted: ['x-secret'] },
    cause: { code: 'wrong-text', message: 'a text was missing and another was there' },
    watch: { overMs: 30_000, everyMs: 500, turn: { to: '403', earliestMs: 4_000, latestMs: 9_000 } },
    turnedAfterMs: 12_000,
  }
  const late: CellRecord = {
    ...failed(exampleCell({ id: 's2.c4', from: 'sleep.foo/istio-proxy', to: 'pod/tcp-echo.foo:9002', chance })),
    from: { app: 'sleep', namespace: 'foo', container: 'istio-proxy', text: 'sleep.foo/istio-proxy' },
    to: { kind: 'pod', app: 'tcp-echo', namespace: 'foo', port: 9002, text: 'pod/tcp-echo.foo:9002' },
    question: { kind: 'tcp', line: 'port' },
    asks: 'tcp port',
    enforcedWithinMs: 300,
  }
  const [first, second, ...others] = exampleCell({ id: 's2.c5', from: 'sleep.bar', to: 'httpbin.foo:8000', chance }).attempts
  const flapping: CellRecord = {
    ...exampleCell({ id: 's2.c5', from: 'sleep.bar', to: 'httpbin.foo:8000', chance }),
    verdict: 'inconclusive',
    observed: undefined,
    cause: { code: 'flapping', message: 'the counted answers contradict each other' },
    attempts: [
      ...(first ? [first] : []),
      ...(second
        ? [{ ...second, seen: undefined, fate: { kind: 'void' as const, cause: { code: 'probe-timeout', message: 'no answer in 5 s' } } }]
        : []),
      ...others,
    ],
  }
  const neverAsked: CellRecord = {
    ...exampleCell({ id: 's3.c1', from: 'sleep.foo', to: 'httpbin.foo:8000', chance }),
    verdict: 'inconclusive',
    observed: undefined,
    timeToEnforceMs: undefined,
    cause: { code: 'not-asked', message: 'the run was interrupted [interrupted]' },
    attempts: [],
  }
  const before = exampleStep(0, 'before any policy everyone is served', [
    { ...exampleCell({ id: 's1.c1', from: 'sleep.foo', to: 'httpbin.foo:8000', chance }), timeToEnforceMs: undefined },
  ])
  const during = exampleStep(1, 'everything happens at once', [served, gateway, outside, late, flapping])
  const after = exampleStep(2, 'what was never reached', [neverAsked])
  const scenario: ScenarioRecord = {
    ...exampleScenario('rich', [
      { ...before, changes: [], altered: [], timeToEnforceMs: undefined },
      {
        ...during,
        logs: [{ from: 'ext-authz.foo', contains: ['decision', 'denied'], times: 2, seen: 1, lines: ['{"decision": "denied"}'] }],
        changes: [
          { action: 'apply', object: 'PeerAuthentication/default.foo', yaml: PEER_STRICT, warnings: ['mind the gap'] },
          { action: 'apply', object: 'PeerAuthentication/wrong.foo', yaml: PEER_STRICT, warnings: [], refused: 'mode is no mode' },
          { action: 'alter', object: 'ConfigMap/istio.istio-system', yaml: 'mesh: {}\n', warnings: [] },
        ],
      },
      {
        ...after,
        changes: [
          { action: 'apply', object: 'PeerAuthentication/default.foo', yaml: PEER_STRICT.replace('STRICT', 'PERMISSIVE'), warnings: [] },
          { action: 'delete', object: 'PeerAuthentication/default.foo', warnings: [] },
          { action: 'restore', object: 'ConfigMap/istio.istio-system', warnings: [] },
        ],
        causes: [{ code: 'not-propagated', message: 'httpbin.foo runs the old one' }],
      },
    ]),
    causes: [{ code: 'leaked', message: 'ConfigMap/left.foo was left behind' }],
  }
  const run = recordOf([scenario])
  return { ...run, interrupted: true, causes: [{ code: 'lease-lost', message: 'another run took the cluster' }] }
}

/**
 * The rich record with every text that is free replaced by one that tries to become an element, an attribute, a program or a comment,
 * or to end what it stands in. Each begins with `HOSTILE`.
 */
export function hostileRecord(): RunRecord {
  return spoil(richRecord(), '') as RunRecord
}

/** How every hostile text begins. */
export const HOSTILE = 'hostile'

const ATTACK = `${HOSTILE}"'></script></style></title></textarea></svg><!--<img src=x onerror=alert(1)><script>alert(1)</script>\${alert(1)}&lt;\u202e\u0000\ud800 javascript:alert(1)`

/** Words that the schema fixes stay, or the record would be none. */
function spoil(value: unknown, key: string): unknown {
  if (typeof value === 'string') {
    const fixed = ['verdict', 'kind', 'wire', 'imageSource', 'action', 'fault'].includes(key)
    return fixed ? value : key === 'reference' ? `javascript:${ATTACK}` : `${ATTACK} ${value}`
  }
  if (Array.isArray(value)) return value.map((one) => spoil(one, key))
  if (typeof value !== 'object' || value === null) return value
  const open = key === 'serverLog' || key === 'clientLog' || key === 'headers'
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [open ? `${ATTACK}${name}` : name, spoil(one, name)]))
}

/** Counts and verdicts as `toRecord` would have them. */
function recordOf(scenarios: readonly ScenarioRecord[]): RunRecord {
  const cells = scenarios.flatMap((one) => one.steps.flatMap((step) => step.cells))
  const of = (verdict: CellRecord['verdict']) => cells.filter((one) => one.verdict === verdict).length
  const counts = { pass: of('pass'), fail: of('fail'), inconclusive: of('inconclusive') }
  return {
    version: 1,
    id: '20261124-093000-k3v9',
    startedAt: new Date(BEGAN).toISOString(),
    ms: 125_000,
    verdict: worst(cells),
    interrupted: false,
    mesh: {
      context: 'kind-meshproof',
      cluster: 'meshproof',
      imageSource: 'build',
      istio: '1.31.1',
      proxyBuild: 'upstream Envoy 1.39.3 with pilot-agent 1.31',
      kubernetes: 'v1.34.4',
      images: [
        { reference: 'localhost/meshproof/pilot:1.31', id: `sha256:${'0123456789abcdef'.repeat(4)}` },
        { reference: 'docker.io/nicolaka/netshoot:v0.14', id: `sha256:${'fedcba9876543210'.repeat(4)}`, standIn: "Debian's tcpdump" },
      ],
    },
    harness: { version: '0.1.0', node: 'v20.20.2', peakRssBytes: 180_000_000 },
    cells: counts,
    checks: counts,
    causes: [],
    scenarios: [...scenarios],
  }
}

function bigScenario(index: number, chance: () => number): ScenarioRecord {
  const steps = Array.from({ length: 4 }, (_, at) => {
    const cells = Array.from({ length: 4 }, (__, n) => {
      const from = n < 2 ? 'sleep.foo' : 'sleep.legacy'
      const cell = exampleCell({ id: `s${at + 1}.c${n + 1}`, from, to: n % 2 === 0 ? 'httpbin.foo:8000' : 'httpbin.bar:8000', chance })
      return (index * 16 + at * 4 + n) % 40 === 39 ? failed(cell) : cell
    })
    return exampleStep(at, `what is changed in step ${at + 1}`, cells)
  })
  return exampleScenario(`scenario-${index + 1}`, steps)
}

/** Numbers from 0 to 1 that look like chance and are the same each time; https://en.wikipedia.org/wiki/Linear_congruential_generator */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}
