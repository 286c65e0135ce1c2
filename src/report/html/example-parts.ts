import type { AttemptRecord, CellRecord } from '../record-schema.ts'
import type { ScenarioRecord, StepRecord } from './places.ts'

/** Parts of hand-made records. Every run of the tests begins then. */
export const BEGAN = Date.parse('2026-11-24T09:30:00.000Z')

export function exampleScenario(id: string, steps: readonly StepRecord[]): ScenarioRecord {
  return {
    id,
    title: `A scenario by the name of ${id}`,
    story: 'foo locks down to mutual TLS while a client outside the mesh still sends plain text.',
    reference: 'https://istio.io/latest/docs/tasks/security/authentication/mtls-migration/',
    tags: ['mtls', 'authorization'],
    where: { file: `scenarios/${id}.yaml`, line: 2, column: 1 },
    sourceSha256: '0123456789abcdef'.repeat(4),
    verdict: worst(steps.flatMap((step) => step.cells)),
    causes: [],
    ms: 5_200,
    steps: [...steps],
  }
}

export function exampleStep(index: number, title: string, cells: readonly CellRecord[]): StepRecord {
  const times = cells.flatMap((cell) => cell.timeToEnforceMs ?? [])
  return {
    index,
    title,
    where: { file: 'scenarios/example.yaml', line: 10 + index * 20, column: 5 },
    verdict: worst(cells),
    causes: [],
    changes: [{ action: 'apply', object: `PeerAuthentication/default-${index}.foo`, yaml: PEER_STRICT, warnings: [] }],
    settleMs: 345.6,
    altered: ['httpbin-7d9f.foo', 'sleep-5c8b.foo'],
    ...(times.length > 0 ? { timeToEnforceMs: Math.max(...times) } : {}),
    ms: 1_300,
    cells: [...cells],
  }
}

interface CellOptions {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly chance: () => number
}

/** A refusal by policy, after one stale answer. */
export function exampleCell({ id, from, to, chance }: CellOptions): CellRecord {
  const [app = '', namespace = ''] = from.split('.')
  const [server = '', rest = ''] = to.split('.')
  const [serverNamespace = '', port = '0'] = rest.split(':')
  const by = { kind: 'policy', name: 'deny-get', namespace: 'foo' } as const
  const refused = { text: '403 mtls by deny-get.foo', outcome: '403', wire: 'mtls', by } as const
  const count = 3 + Math.floor(chance() * 4)
  return {
    id,
    from: { app, namespace, text: from },
    to: { kind: 'service', app: server, namespace: serverNamespace, port: Number(port), text: to },
    question: {
      kind: 'http',
      method: 'GET',
      path: '/headers',
      headers: { 'x-token': 'guest' },
      body: 'a body',
      token: { kind: 'expired', claims: { sub: 'somebody' } },
    },
    asks: 'GET /headers, x-token: guest',
    declared: { ...refused, sees: [] },
    where: { file: 'scenarios/example.yaml', line: 20, column: 26 },
    verdict: 'pass',
    observed: refused,
    account: `${from} → ${to} GET /headers was declared ${refused.text} and seen so ${count} times in 900 ms`,
    timeToEnforceMs: 300 + Math.round(chance() * 400),
    attempts: Array.from({ length: count }, (_, at) => exampleAttempt({ n: at + 1, seen: refused, to, chance })),
  }
}

/** The same, but everybody was served. */
export function failed(cell: CellRecord): CellRecord {
  const served = { text: '200 plain', outcome: '200', wire: 'plain' } as const
  return {
    ...cell,
    verdict: 'fail',
    observed: served,
    cause: { code: 'wrong-outcome', message: 'it was served' },
    attempts: cell.attempts.map((attempt) => ({ ...attempt, seen: served })),
  }
}

interface AttemptOptions {
  readonly n: number
  readonly seen: AttemptRecord['seen']
  readonly to: string
  readonly chance: () => number
}

/** As long as a real one, and with as much chance in it, so that what it packs to is honest. */
function exampleAttempt({ n, seen, to, chance }: AttemptOptions): AttemptRecord {
  const letters = (count: number) => Array.from({ length: count }, () => Math.floor(chance() * 36).toString(36)).join('')
  const token = `mp-k3v9-${letters(4)}`
  const log = {
    attempts: 1,
    authority: to,
    bytesOut: Math.floor(chance() * 900),
    code: 403,
    connection: Math.floor(chance() * 9_000),
    details: 'rbac_access_denied_matched_policy[ns[foo]-policy[deny-get]-rule[0]]',
    directRemote: `10.244.0.${Math.floor(chance() * 250)}:${Math.floor(chance() * 60_000)}`,
    downstreamFailure: null,
    filterChain: '0.0.0.0_8080',
    flags: '-',
    peer: 'spiffe://cluster.local/ns/foo/sa/sleep',
    sni: 'outbound_.8000_._.httpbin.foo.svc.cluster.local',
    start: new Date(BEGAN + Math.floor(chance() * 120_000)).toISOString(),
    tls: 'TLSv1.3',
    token,
    upstreamHost: `10.244.0.${Math.floor(chance() * 250)}:8080`,
  }
  return {
    n,
    token,
    at: new Date(BEGAN + n * 400 + Math.floor(chance() * 100)).toISOString(),
    ms: 12 + chance() * 60,
    command: `curl -sS -i --max-time 5 -H 'x-meshproof: ${token}' http://${to}/headers`,
    exitCode: 0,
    seen,
    fate:
      n === 1
        ? { kind: 'stale', reason: 'connection 2001 is not newer than 2016, the first under the present filter chains' }
        : { kind: 'counted' },
    body: `HTTP/1.1 403 Forbidden\ncontent-type: application/json\nx-request-id: ${letters(36)}\n\n{"headers": {"x-trace": "${letters(120)}", "x-meshproof": "${token}"}}`,
    serverLog: log,
    clientLog: { ...log, connection: Math.floor(chance() * 9_000), upstreamLocal: `10.244.0.7:${Math.floor(chance() * 60_000)}` },
    wireEvidence: 'TLSv1.3 application data both ways, SNI outbound_.8000_._.httpbin.foo.svc.cluster.local',
    sinceChangeMs: n * 210 + chance() * 90,
  }
}

export function worst(cells: readonly CellRecord[]): CellRecord['verdict'] {
  if (cells.some((cell) => cell.verdict === 'fail')) return 'fail'
  return cells.some((cell) => cell.verdict === 'inconclusive') ? 'inconclusive' : 'pass'
}

export const PEER_STRICT = `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: default, namespace: foo }
spec:
  mtls: { mode: STRICT }
`
