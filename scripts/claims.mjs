#!/usr/bin/env zx
// Writes the README's table of claims anew, from scripts/claims.yaml and the records of runs.
//   npx zx scripts/claims.mjs [--results test-results] [--check]
// A line's record is <results>/<line>/report.json, as `npm run nightly` leaves it; where there is none, what the README already says of
// the line is kept. `--check` writes nothing and ends with 1 when the table is not current: a claim, a step's title or a scenario changed.
import { register } from 'tsx/esm/api'
import { argv, echo, fs } from 'zx'

register()
const { readClaims } = await import('../src/report/claims.ts')
const { renderClaims } = await import('../src/report/claims-table.ts')
const { currentState, findStates, stateOf } = await import('../src/report/claims-state.ts')
const { readRecord } = await import('../src/report/record.ts')
const { loadScenarios } = await import('../src/scenario/load.ts')
const { MeshproofError } = await import('../src/error.ts')

const FILE = 'scripts/claims.yaml'
const [BEGIN, END] = ['<!-- claims: begin, made by npm run claims -->', '<!-- claims: end -->']
const RESULTS = argv.results ?? 'test-results'

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof MeshproofError)) throw error
  echo(error.message)
  process.exitCode = 2
}

async function main() {
  const { scenarios } = await loadScenarios([])
  const documents = readClaims(FILE, await fs.readFile(FILE, 'utf8'), scenarios)
  const readme = await fs.readFile('README.md', 'utf8')
  const [start, stop] = [readme.indexOf(BEGIN), readme.indexOf(END)]
  if (start < 0 || stop < start) throw new Error(`README.md lacks the lines ${BEGIN} and ${END}`)
  const written = readme.slice(start + BEGIN.length, stop)
  const states = argv.check ? findStates(written) : await newStates(findStates(written))
  const stale = states.flatMap((state) => scenarios.filter((one) => !currentState(state, one)).map(({ id }) => `${id} on ${state.line}`))
  const table = `\n${renderClaims({ documents, scenarios, states })}\n`
  if (!argv.check) {
    await fs.writeFile('README.md', `${readme.slice(0, start + BEGIN.length)}${table}${readme.slice(stop)}`)
    echo(
      `${documents.flatMap(({ claims }) => claims).length} claims, ${states.map(({ line, run }) => `${line} from run ${run}`).join(', ')}`,
    )
    if (stale.length > 0) echo(`not run as the file is now: ${stale.join(', ')}`)
    return 0
  }
  const faults = [
    ...(table === written ? [] : ['the table is not what the claims and scenarios say; write it again: npm run claims']),
    ...(stale.length > 0 ? [`not run as the file is now: ${stale.join(', ')}; run them (npm run nightly), then npm run claims`] : []),
    ...(states.length === 0 ? ['no run is in the table'] : []),
  ]
  for (const fault of faults) echo(`README.md, claims: ${fault}`)
  return faults.length === 0 ? 0 : 1
}

async function newStates(known) {
  const folders = (await fs.pathExists(RESULTS)) ? await fs.readdir(RESULTS) : []
  const lines = folders.filter((name) => /^\d+\.\d+$/.test(name) && fs.existsSync(`${RESULTS}/${name}/report.json`))
  const fresh = await Promise.all(lines.map(async (line) => stateOf(line, await readRecord(`${RESULTS}/${line}/report.json`))))
  return [...fresh, ...known.filter(({ line }) => !lines.includes(line))]
}
