#!/usr/bin/env zx
// Runs every scenario on every Istio line and compares each run with the one of the night before. What the nightly workflow runs.
//   npm run nightly -- [--line 1.31]... [--baseline DIR] [--results DIR] [--images auto|registry|build] [--slower 2] [scenario...]
// Results lie in DIR/LINE (test-results/1.31), as does diff.md; on red DIR/issue.md is the text of an issue. DIR/LINE of the baseline
// is such a folder of an earlier night. MESHPROOF_CLUSTER names the cluster. Ends with the worst exit code of all runs and comparisons.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { register } from 'tsx/esm/api'
import { echo, fs, path } from 'zx'

register()
const { EXIT, formatError, worstExit } = await import('../src/error.ts')
const { readVersions } = await import('../src/mesh/versions.ts')
const { compareRecords, comparisonExit } = await import('../src/report/diff.ts')
const { diffMarkdown } = await import('../src/report/diff-markdown.ts')
const { issueMarkdown } = await import('../src/report/issue.ts')
const { readRecord, RECORD_FILE } = await import('../src/report/record.ts')

const { values: asked, positionals: scenarios } = commandLine()
const results = asked.results ?? 'test-results'
const lines = asked.line ?? Object.keys((await readVersions()).istio.lines)
const issue = path.join(results, 'issue.md')
await fs.rm(issue, { force: true })

let running
let interrupted = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interrupted = true
    running?.kill(signal)
  })
}

const nights = []
for (const line of lines) {
  if (interrupted) break
  echo(`\nIstio ${line}`)
  nights.push(await night(line))
}

const exit = worstExit([...nights.map((one) => one.exit), ...(interrupted ? [EXIT.interrupted] : [])])
if (exit !== EXIT.conformant) {
  await fs.outputFile(issue, issueMarkdown(nights))
  echo(`\nas an issue: ${issue}`)
}
process.exitCode = exit

async function night(line) {
  const dir = path.join(results, line)
  const exit = await run(line, dir)
  try {
    const record = await readRecord(path.join(dir, RECORD_FILE))
    return { line, exit, record, ...(await compared({ line, dir, record, exit })) }
  } catch (error) {
    return { line, exit: worstExit([exit, EXIT.inconclusive]), problem: told(`the run ended with exit code ${exit}`, error) }
  }
}

/** A process group of its own: an interrupt reaches it once, from here, and this script waits until it has cleaned up. */
async function run(line, dir) {
  const images = asked.images === undefined ? [] : ['--images', asked.images]
  await fs.rm(path.join(dir, 'diff.md'), { force: true })
  const args = ['src/cli/bin.mjs', 'run', '--yes', '--istio', line, '--results', dir, ...images, ...scenarios]
  running = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true })
  const [code] = await once(running, 'exit')
  running = undefined
  return Object.values(EXIT).includes(code) ? code : EXIT.inconclusive
}

/** Nothing without a night before; a record of it that cannot be read is no comparison, and no green night. */
async function compared({ line, dir, record, exit }) {
  if (asked.baseline === undefined) return {}
  const file = path.join(asked.baseline, line, RECORD_FILE)
  if (!(await fs.pathExists(file))) {
    echo(`there is no earlier record ${file} to compare with`)
    return {}
  }
  try {
    const comparison = compareRecords(
      await readRecord(file),
      record,
      asked.slower === undefined ? {} : { slowerRatio: Number(asked.slower) },
    )
    const text = diffMarkdown(comparison, { limit: 200_000 })
    await fs.outputFile(path.join(dir, 'diff.md'), text)
    echo(`compared with ${file}: ${text.split('\n', 1)[0].replace(/^#+ /, '')}`)
    if (process.env.GITHUB_STEP_SUMMARY) await fs.appendFile(process.env.GITHUB_STEP_SUMMARY, `\n${text}`)
    return { comparison, exit: worstExit([exit, comparisonExit(comparison)]) }
  } catch (error) {
    return { exit: worstExit([exit, EXIT.inconclusive]), problem: told('there is no comparison with the night before', error) }
  }
}

function told(what, error) {
  const text = `${what}: ${formatError(error)}`
  echo(text)
  return text
}

/** Not by zx, which makes numbers of what looks like one: `1.30` would be 1.3. */
function commandLine() {
  const args = process.argv.slice(process.argv.findIndex((arg) => arg.endsWith('nightly.mjs')) + 1)
  const text = { type: 'string' }
  const options = { line: { ...text, multiple: true }, baseline: text, results: text, images: text, slower: text }
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    echo(error.message)
    process.exit(EXIT.usage)
  }
}
