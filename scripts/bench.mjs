#!/usr/bin/env zx
// Prints what the main job costs on this machine, beside the machine's own figures. Needs the cluster of `meshproof up`.
//   npm run bench -- [--times 5] [--probes 40] [--up]
// --up removes the cluster and times how long a new one takes, images being there. Writes test-results/bench.json.
// Timings are figures to read, never assertions: only a wrong or inconclusive cell ends it with 1.
import { register } from 'tsx/esm/api'
import { $, argv, echo, fs, os } from 'zx'

register()
const { loadScenarios } = await import('../src/scenario/load.ts')
const { connect } = await import('../src/kube/connect.ts')
const { kubeconfigOf } = await import('../src/mesh/cluster-home.ts')
const { readMesh } = await import('../src/mesh/mesh-record.ts')
const { openStage } = await import('../src/run/stage.ts')

const SCENARIOS = ['authorization-tcp', 'mtls-migration', 'mtls-client-and-server']
const times = Number(argv.times ?? 5)
const probes = Number(argv.probes ?? 40)
const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => stop.abort(new Error(`ended by ${name}`)))
const { signal } = stop

const rows = []
const [cpu] = os.cpus()
const machine = `${os.cpus().length} × ${cpu?.model.trim()}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, Node ${process.version}`
echo(
  `machine: ${machine}; load before ${os
    .loadavg()
    .map((one) => one.toFixed(1))
    .join(' ')}`,
)

if (argv.up) {
  await $`node src/cli/bin.mjs down`
  const begun = performance.now()
  await $({ signal })`node src/cli/bin.mjs up --yes`
  rows.push({ figure: '`up`, images present', unit: 's', values: [(performance.now() - begun) / 1000], bound: 60 })
}
const kubeconfig = kubeconfigOf(process.env.MESHPROOF_CLUSTER)
const mesh = await readMesh({ kubeconfig, signal })
const files = new Map((await loadScenarios([])).scenarios.map(({ id, where }) => [id, where.file]))
const bounds = { 'authorization-tcp': 3, 'mtls-migration': 4 }
for (const id of SCENARIOS) {
  const took = await runs([files.get(id)])
  rows.push({ figure: id, unit: 's', values: took.map(({ ms }) => ms / 1000), bound: bounds[id] })
}
const all = await runs(SCENARIOS.map((id) => files.get(id)))
rows.push({ figure: 'all three', unit: 's', values: all.map(({ ms }) => ms / 1000), bound: 10 })
rows.push({ figure: 'peak memory of the harness', unit: 'MB', values: all.map(({ rss }) => rss / 1e6), bound: 300 })
rows.push({ figure: 'settled, a step', unit: 'ms', values: all.flatMap(({ settle }) => settle) })
rows.push({ figure: 'time-to-enforce, a step', unit: 'ms', values: all.flatMap(({ enforce }) => enforce) })
await probeBesideExec()

const table = rows.map(({ figure, unit, values, bound }) => {
  const low = Math.min(...values)
  const high = Math.max(...values)
  return `| ${figure} | ${shown(median(values))} ${unit} | ${shown(low)} to ${shown(high)} | ${values.length} | ${bound === undefined ? '' : `${bound} ${unit}`} |`
})
echo(
  [
    '',
    `Istio ${mesh.istioVersion}, images ${mesh.source}; load after ${os
      .loadavg()
      .map((one) => one.toFixed(1))
      .join(' ')}`,
    '',
  ].join('\n'),
)
echo(['| figure | median | range | runs | bound |', '|---|---|---|---|---|', ...table].join('\n'))
await fs.outputJson('test-results/bench.json', { machine, istio: mesh.istioVersion, source: mesh.source, rows }, { spaces: 2 })

/** Whole runs on the ready world, each in a process of its own as a user would start it. */
async function runs(scenarios) {
  const found = []
  for (let n = 0; n < times; n += 1) {
    const { exitCode } = await $({ signal, nothrow: true, quiet: true })`node src/cli/bin.mjs run --quiet ${scenarios}`
    const record = await fs.readJson('test-results/report.json')
    if (exitCode !== 0) {
      process.exitCode = 1
      echo(`run ${record.id} ended with ${exitCode}: its figures stand all the same`)
    }
    const steps = record.scenarios.flatMap((one) => one.steps)
    found.push({
      ms: record.ms,
      rss: record.harness.peakRssBytes,
      settle: steps.flatMap(({ settleMs, changes }) => (changes.length > 0 ? settleMs : [])),
      enforce: steps.flatMap(({ timeToEnforceMs }) => timeToEnforceMs ?? []),
    })
  }
  return found
}

/** One question in a session, from the line written to the result read, in turn with the same one by an exec of its own. */
async function probeBesideExec() {
  const cluster = await connect({ context: mesh.context, kubeconfig, signal })
  const stage = openStage(cluster, signal)
  const pod = await stage.pod('foo', 'sleep')
  const ref = { namespace: 'foo', pod: pod.name, container: 'sleep' }
  const session = await stage.session(ref)
  const url = 'http://httpbin.foo:8000/ip'
  const [inSession, byExec] = [[], []]
  for (let n = 0; n < probes; n += 1) {
    inSession.push(await timed(() => session.ask({ id: `bench-${n}`, verb: 'h', args: [url], deadlineMs: 5_000, signal })))
    byExec.push(
      await timed(
        () => $({ quiet: true })`kubectl --kubeconfig ${kubeconfig} -n foo exec ${pod.name} -c sleep -- curl -s -o /dev/null ${url}`,
      ),
    )
  }
  await stage.close()
  rows.push({ figure: 'one probe in a session', unit: 'ms', values: inSession })
  rows.push({ figure: 'one `kubectl exec … curl`', unit: 'ms', values: byExec })
  rows.push({ figure: 'the one in parts of the other', unit: '×', values: [median(inSession) / median(byExec)], bound: 0.125 })
}

async function timed(work) {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

function shown(value) {
  return value < 10 ? value.toFixed(value < 1 ? 3 : 1) : String(Math.round(value))
}
