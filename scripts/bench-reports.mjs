#!/usr/bin/env zx
// Prints what it costs to write every report of a full set: 20 scenarios of 5 steps of 4 cells, 4 attempts each, a tenth of them red.
//   npm run bench:reports -- [--times 3]
// Each time is a process of its own that makes them once. Ends with 1 when one took 2 s or 200 MB, all of its memory counted.
import { fileURLToPath } from 'node:url'
import { register } from 'tsx/esm/api'
import { $, argv, echo, fs, os, path, tmpdir } from 'zx'

register()
const { attempt, cell, run, scenario, step, tell, textSink } = await import('../src/report/example-run.ts')
const { multiReporter } = await import('../src/report/multi-reporter.ts')
const { createReporters } = await import('../src/report/reporters.ts')

const SELF = fileURLToPath(import.meta.url)
const BOUND = { ms: 2000, megabytes: 200 }

if (argv.once) echo(JSON.stringify(await once(tmpdir())))
else process.exitCode = await bench(Number(argv.times ?? 3))

async function bench(times) {
  const [cpu] = os.cpus()
  echo(`machine: ${os.cpus().length} × ${cpu?.model.trim()}, Node ${process.version}; load before ${os.loadavg()[0]?.toFixed(1)}`)
  let worst = { ms: 0, megabytes: 0 }
  for (let time = 0; time < times; time += 1) {
    const made = JSON.parse((await $`npx zx ${SELF} --once`).stdout)
    const sizes = Object.entries(made.files).map(([file, bytes]) => `${file} ${(bytes / 1e6).toFixed(2)} MB`)
    echo(
      `${made.cells} cells, ${made.attempts} attempts: ${made.ms.toFixed(0)} ms, peak ${made.megabytes.toFixed(0)} MB ` +
        `of which ${made.before.toFixed(0)} MB before; ${sizes.join(', ')}`,
    )
    worst = { ms: Math.max(worst.ms, made.ms), megabytes: Math.max(worst.megabytes, made.megabytes) }
  }
  const held = worst.ms < BOUND.ms && worst.megabytes < BOUND.megabytes
  echo(`${held ? 'within' : 'beyond'} ${BOUND.ms} ms and ${BOUND.megabytes} MB`)
  return held ? 0 : 1
}

/** All reports of one run, as `meshproof run` writes them on GitHub, where there are most of them. */
async function once(dir) {
  const result = fullSet()
  const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: path.join(dir, 'summary.md') }
  const errors = textSink()
  const before = process.resourceUsage().maxRSS / 1024
  const begun = performance.now()
  const reporter = multiReporter(createReporters({ dir, stream: textSink(), env }), errors)
  tell(reporter, result)
  await reporter.end()
  const ms = performance.now() - begun
  if (reporter.exit() !== 0) throw new Error(errors.text())
  const files = Object.fromEntries(fs.readdirSync(dir).map((file) => [file, fs.statSync(path.join(dir, file)).size]))
  await fs.remove(dir)
  const cells = result.scenarios.flatMap((one) => one.steps.flatMap((done) => done.cells))
  const attempts = cells.flatMap((one) => one.attempts).length
  return { ms, before, megabytes: process.resourceUsage().maxRSS / 1024, cells: cells.length, attempts, files }
}

function fullSet() {
  return run(
    Array.from({ length: 20 }, (_, index) =>
      scenario(
        `scenario-${index}`,
        Array.from({ length: 5 }, (_, at) => oneStep(at)),
      ),
    ),
  )
}

function oneStep(index) {
  const object = 'AuthorizationPolicy/deny-method-get.foo'
  const yaml = `apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: deny-method-get, namespace: foo }\n${'# more\n'.repeat(10)}`
  const changes = [{ action: 'apply', object, yaml, warnings: [] }]
  const cells = Array.from({ length: 4 }, (_, at) => oneCell(index, at))
  return step(index, `step ${index} of the synthetic set`, cells, {
    changes,
    settleMs: 340,
    altered: ['httpbin-7d9f.foo'],
    timeToEnforceMs: 900,
  })
}

function oneCell(index, at) {
  const by = { kind: 'policy', name: 'deny-method-get', namespace: 'foo' }
  const declared = cell(`s${index + 1}.c${at + 1}`, `sleep.n${at}`, `httpbin.n${index}:8000`, { outcome: '403', wire: 'mtls', by })
  const red = (index * 4 + at) % 10 === 0
  const seen = red ? { outcome: '200', wire: 'mtls' } : { outcome: '403', wire: 'mtls', by }
  const attempts = Array.from({ length: 4 }, (_, n) => oneAttempt(n + 1, seen))
  const cause = red ? { cause: { code: 'wrong-outcome', message: 'it was served' } } : {}
  return { cell: declared, verdict: red ? 'fail' : 'pass', observed: seen, attempts, timeToEnforceMs: 900, ...cause }
}

/** With logs and an answer as long as real ones: some 2 kB an attempt. */
function oneAttempt(n, seen) {
  const names = [
    'authority',
    'directRemote',
    'downstreamLocal',
    'downstreamRemote',
    'upstreamHost',
    'upstreamLocal',
    'peer',
    'sni',
    'details',
  ]
  const filled = names.map((name) => [name, 'spiffe://cluster.local/ns/foo/sa/sleep'])
  const empty = ['downstreamFailure', 'networkRbac', 'protocol', 'rbac', 'termination', 'upstreamFailure', 'path', 'method'].map((name) => [
    name,
    null,
  ])
  const log = Object.fromEntries([...filled, ...empty])
  const wireEvidence = 'TLS application data both ways, SNI outbound_.8000_._.httpbin.foo.svc.cluster.local, ALPN istio'
  return { ...attempt(n, seen), serverLog: log, clientLog: log, body: `{"headers": "${'x'.repeat(300)}"}`, wireEvidence }
}
