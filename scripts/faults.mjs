#!/usr/bin/env zx
// Shows that a run which is disturbed says so: disturbs one on the cluster of `meshproof up` in each way that a cluster has, and looks at
// its verdict, its causes and what it left behind. Everything that was disturbed is mended afterwards.
//   npm run faults -- [--only <part of a fault's name>]
// Prints a Markdown table. Ends with 1 when a fault went unnoticed or left something behind.
import { spawn } from 'node:child_process'
import { register } from 'tsx/esm/api'
import { $, argv, echo } from 'zx'

register()
const { loadScenarios } = await import('../src/scenario/load.ts')
const { connect } = await import('../src/kube/connect.ts')
const { traces } = await import('../src/kube/sweep.ts')
const { kubeconfigOf } = await import('../src/mesh/cluster-home.ts')
const { readMesh } = await import('../src/mesh/mesh-record.ts')
const { newRunId, runScenarios } = await import('../src/run/run.ts')

$.quiet = true
const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => stop.abort(new Error(`ended by ${name}`)))
const { signal } = stop
const kubeconfig = kubeconfigOf(process.env.MESHPROOF_CLUSTER)
const mesh = await readMesh({ kubeconfig, signal })
const cluster = await connect({ context: mesh.context, kubeconfig, signal })
const kubectl = (...words) => $`kubectl --kubeconfig ${kubeconfig} ${words}`
const { scenarios } = await loadScenarios([])
const tcp = scenarios.find(({ id }) => id === 'authorization-tcp')
const mtls = scenarios.find(({ id }) => id === 'mtls-migration')

/** `when`: the phase of which step (from 1) the fault comes in. `causes`: codes of which one at least must be named. */
const FAULTS = [
  {
    ...{
      name: 'source pod deleted',
      of: tcp,
      step: 2,
      when: 'asking',
      causes: ['disturbed', 'proxy-not-connected', 'exec-link-lost', 'not-propagated'],
    },
    break: () => kubectl('-n', 'foo', 'delete', 'pod', '-l', 'app=sleep', '--wait=false'),
    mend: () => kubectl('-n', 'foo', 'rollout', 'status', 'deployment/sleep', '--timeout=60s'),
  },
  {
    ...{
      name: 'every link to the cluster cut',
      of: mtls,
      step: 3,
      when: 'asking',
      causes: ['access-log-lost', 'exec-link-lost', 'wire-unknown', 'fence-missing'],
    },
    break: cutLinks,
    mend: () => undefined,
  },
  {
    ...{ name: 'tcpdump killed', of: mtls, step: 2, when: 'asking', causes: ['wire-unknown'] },
    break: () =>
      kubectl('-n', 'foo', 'exec', 'deploy/httpbin', '-c', 'istio-proxy', '--', 'sh', '-c', 'sudo pkill tcpdump || pkill tcpdump'),
    mend: () => undefined,
  },
  {
    ...{
      name: 'istiod stopped while a policy is applied',
      of: tcp,
      step: 3,
      when: 'changing',
      causes: [
        'istiod-gone',
        'exec-link-lost',
        'not-propagated',
        'api-unreachable',
        'apply-failed',
        'webhook-unreachable',
        'admin-unreachable',
      ],
    },
    break: () => kubectl('-n', 'istio-system', 'scale', 'deployment/istiod', '--replicas=0'),
    mend: async () => {
      await kubectl('-n', 'istio-system', 'scale', 'deployment/istiod', '--replicas=1')
      await kubectl('-n', 'istio-system', 'rollout', 'status', 'deployment/istiod', '--timeout=60s')
    },
  },
  {
    ...{
      name: 'destination scaled to none where closed is declared',
      of: tcp,
      step: 4,
      when: 'changing',
      causes: ['disturbed', 'proxy-not-connected', 'not-propagated'],
    },
    break: () => kubectl('-n', 'foo', 'scale', 'deployment/tcp-echo', '--replicas=0'),
    mend: async () => {
      await kubectl('-n', 'foo', 'scale', 'deployment/tcp-echo', '--replicas=1')
      await kubectl('-n', 'foo', 'rollout', 'status', 'deployment/tcp-echo', '--timeout=60s')
    },
  },
]

const rows = []
const wanted = (name) => argv.only === undefined || name.includes(argv.only)
for (const fault of FAULTS.filter(({ name }) => wanted(name))) rows.push(await disturb(fault))
if (wanted('one wrong expectation')) rows.push(await expectWrongly())
if (wanted('killed outright')) rows.push(await killOutright())
echo(
  [
    '',
    '| fault | verdict | named | left behind | as it must be |',
    '|---|---|---|---|---|',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n'),
)
process.exitCode = rows.every((row) => row.at(-1) === 'yes') ? 0 : 1

async function disturb({ name, of, step: at, when, causes, break: hit, mend }) {
  const runId = newRunId()
  let struck
  const emit = (event) => {
    if (event.kind !== 'step-phase' || event.step.index !== at - 1 || event.phase !== when || struck) return
    struck = hit()
  }
  const result = await runScenarios({ cluster, mesh, scenarios: [of], runId, signal, evidence: false, emit })
  await struck
  await mend()
  const left = await traces(cluster, runId, { signal })
  const steps = result.scenarios.flatMap((one) => one.steps)
  const codes = [...result.causes, ...steps.flatMap((step) => [...step.causes, ...step.cells.flatMap(({ cause }) => cause ?? [])])].map(
    ({ code }) => code,
  )
  const named = [...new Set(codes)]
  const failed = steps.flatMap(({ cells }) => cells).filter(({ verdict }) => verdict === 'fail').length
  const right = result.verdict === 'inconclusive' && failed === 0 && left.length === 0 && named.some((code) => causes.includes(code))
  echo(`${name}: ${result.verdict}: ${named.join(', ')}`)
  return [name, result.verdict, named.join(', '), left.length, right ? 'yes' : 'NO']
}

/** One cell of many declares what is not so: that cell alone fails. */
async function expectWrongly() {
  const runId = newRunId()
  const [first, ...rest] = tcp.steps
  const cells = first.cells.map((cell, n) =>
    n === 0 ? { ...cell, declared: { ...cell.declared, outcome: 'closed', by: { kind: 'no-allow' } } } : cell,
  )
  const result = await runScenarios({
    cluster,
    mesh,
    scenarios: [{ ...tcp, steps: [{ ...first, cells }, ...rest] }],
    runId,
    signal,
    emit: () => {},
  })
  const red = result.scenarios.flatMap(({ steps }) => steps.flatMap((step) => step.cells)).filter(({ verdict }) => verdict !== 'pass')
  const left = await traces(cluster, runId, { signal })
  const right = result.verdict === 'fail' && red.length === 1 && red[0].cell.id === cells[0].id && left.length === 0
  return [
    'one wrong expectation',
    result.verdict,
    red.map(({ cell, cause }) => `${cell.id} ${cause?.code}`).join(', '),
    left.length,
    right ? 'yes' : 'NO',
  ]
}

/** SIGKILL leaves objects behind; the next run removes them before it asks anything. */
async function killOutright() {
  const child = spawn('node', ['src/cli/bin.mjs', 'run', mtls.where.file], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const chunk of child.stdout) if (/✓ 2\.|v 2\./.test(chunk.toString())) break
  child.kill('SIGKILL')
  const before = await everyTrace()
  const result = await runScenarios({ cluster, mesh, scenarios: [tcp], runId: newRunId(), signal, evidence: false, emit: () => {} })
  const after = await everyTrace()
  const right = before > 0 && after === 0 && result.verdict === 'pass'
  return ['killed outright, then the next run', result.verdict, `${before} objects before it`, after, right ? 'yes' : 'NO']
}

async function everyTrace() {
  const kinds = 'authorizationpolicies,peerauthentications,destinationrules,requestauthentications'
  const { stdout } = await kubectl('get', kinds, '-A', '-l', 'meshproof.dev/run', '-o', 'name')
  return stdout.split('\n').filter(Boolean).length
}

/** Ends this process's own connections to the API server, as a network that breaks would. */
async function cutLinks() {
  const { stdout } = await $`ss -tnp state established`
  const { port } = new URL(cluster.config.getCurrentCluster().server)
  // Local end, then remote end.
  const ends = stdout
    .split('\n')
    .filter((line) => line.includes(`pid=${process.pid},`))
    .map((line) => line.trim().split(/\s+/).slice(2, 4))
  for (const [local] of ends.filter(([, remote]) => remote.endsWith(`:${port}`))) await $({ nothrow: true })`ss -K src ${local}`
}
