// Takes CAP_SYS_RESOURCE, resource limits and negative OOM scores out of the specification that runc is about to read.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const CAPABILITY = 'CAP_SYS_RESOURCE'

const words = process.argv.slice(2)
const bundle = option('--bundle', '-b')
const processFile = option('--process', '-p')
if (processFile) rewrite(processFile, (spec) => soften(spec))
else if (bundle) rewrite(join(bundle, 'config.json'), (spec) => soften(spec.process))

function option(long, short) {
  for (const [index, word] of words.entries()) {
    if (word === long || word === short) return words[index + 1]
    if (word.startsWith(`${long}=`)) return word.slice(long.length + 1)
  }
  return undefined
}

function rewrite(file, change) {
  const spec = JSON.parse(readFileSync(file, 'utf8'))
  change(spec)
  writeFileSync(file, JSON.stringify(spec))
}

function soften(process) {
  if (!process) return
  for (const [set, names] of Object.entries(process.capabilities ?? {})) {
    process.capabilities[set] = names.filter((name) => name !== CAPABILITY)
  }
  if ((process.oomScoreAdj ?? 0) < 0) process.oomScoreAdj = 0
  delete process.rlimits
}
