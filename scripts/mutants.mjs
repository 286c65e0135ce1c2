#!/usr/bin/env zx
// Shows that scenarios can fail: leaves out one object of one step at a time, and runs the scenario on the cluster of `meshproof up`.
// Every such mutant has to turn cells red, the same ones each time; an object that is marked redundant has to leave all green.
//   npx zx scripts/mutants.mjs [scenario...] [--times 20] [--only <part of an object's name>]
// Prints a Markdown table and writes test-results/mutants.json. Ends with 1 when a mutant survives or is unsteady, 3 when none could be run.
import { register } from 'tsx/esm/api'
import { argv, echo, fs } from 'zx'

register()
const { selectScenarios } = await import('../src/cli/select-scenarios.ts')
const { showProblems } = await import('../src/cli/show-problems.ts')
const { connect } = await import('../src/kube/connect.ts')
const { kubeconfigOf } = await import('../src/mesh/cluster-home.ts')
const { readMesh } = await import('../src/mesh/mesh-record.ts')
const { newRunId, runScenarios } = await import('../src/run/run.ts')
const { formatKey } = await import('../src/scenario/format.ts')

const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => stop.abort(new Error(`ended by ${name}`)))
const times = Number(argv.times ?? 1)
const { scenarios, problems } = await selectScenarios(argv._)
process.exitCode = showProblems(problems) ? 2 : await prove()

async function prove() {
  const kubeconfig = kubeconfigOf(process.env.MESHPROOF_CLUSTER)
  const mesh = await readMesh({ kubeconfig, signal: stop.signal })
  const cluster = await connect({ context: mesh.context, kubeconfig, signal: stop.signal })
  const mutants = scenarios.flatMap(mutantsOf).filter(({ object }) => argv.only === undefined || object.includes(argv.only))
  const seen = new Map(mutants.map(({ scenario }) => [scenario.id, []]))
  let faults = 0
  for (let n = 1; n <= times && !stop.signal.aborted; n += 1) {
    const begun = Date.now()
    const parts = mutants.map(({ scenario }) => scenario)
    const result = await runScenarios({
      cluster,
      mesh,
      scenarios: parts,
      runId: newRunId(),
      signal: stop.signal,
      evidence: false,
      emit: () => {},
    })
    for (const cause of result.causes) echo(`run ${n}: ${cause.code}: ${cause.message}`)
    faults += result.causes.length
    for (const one of result.scenarios)
      seen.get(one.scenario.id).push(
        one.steps
          .flatMap(({ cells }) => cells.map(mark))
          .filter(Boolean)
          .join(' '),
      )
    echo(`${n} of ${times}: ${mutants.length} mutants, ${Math.round((Date.now() - begun) / 100) / 10} s`)
  }
  const rows = mutants.map((mutant) => judgeMutant(mutant, seen.get(mutant.scenario.id)))
  echo(
    ['', '| scenario | step | object left out | verdict | runs | red cells |', '|---|---|---|---|---|---|', ...rows.map(rowText)].join(
      '\n',
    ),
  )
  await fs.outputJson('test-results/mutants.json', { istio: mesh.istioVersion, source: mesh.source, times, rows }, { spaces: 2 })
  if (faults > 0 || rows.some(({ runs }) => runs === 0)) return 3
  return rows.every(({ ok }) => ok) ? 0 : 1
}

function mutantsOf(scenario) {
  return scenario.steps.flatMap((step) =>
    step.applies
      .filter(({ refused }) => refused === undefined)
      .map((left) => {
        const steps = scenario.steps.map((one) => (one === step ? { ...one, applies: one.applies.filter((kept) => kept !== left) } : one))
        const id = `${scenario.id}~${step.index + 1}.${step.applies.indexOf(left) + 1}`
        return {
          of: scenario.id,
          step: step.index + 1,
          object: formatKey(left.key),
          redundant: left.redundant,
          scenario: { ...scenario, id, steps },
        }
      }),
  )
}

/** A red cell as `s2.c1`, an inconclusive one with its cause: it is red as well, but no proof. */
function mark({ cell, verdict, cause }) {
  if (verdict === 'pass') return undefined
  return verdict === 'fail' ? cell.id : `${cell.id}?${cause?.code}`
}

function judgeMutant({ of, step, object, redundant }, runs) {
  const verdict = verdictOn(runs, redundant)
  return {
    scenario: of,
    step,
    object,
    verdict,
    ok: ['caught', 'red, inconclusive', 'green, as marked'].includes(verdict),
    runs: runs.length,
    red: [...new Set(runs)],
    redundant,
  }
}

function verdictOn(runs, redundant) {
  if (runs.length === 0) return 'never run'
  if (new Set(runs).size > 1) return 'unsteady'
  const [red] = runs
  if (redundant !== undefined) return red === '' ? 'green, as marked' : 'not redundant'
  if (red === '') return 'survived'
  // Without a listener or a pod there is no answer to judge: red all the same, and never taken for a refusal.
  return red.split(' ').some((cell) => !cell.includes('?')) ? 'caught' : 'red, inconclusive'
}

function rowText({ scenario, step, object, verdict, runs, red }) {
  return `| ${scenario} | ${step} | ${object} | ${verdict} | ${runs} | ${red.map((cells) => cells || 'none').join(' / ')} |`
}
