#!/usr/bin/env zx
// The whole static gate. Everything runs, everything that fails is shown.
import { readFile } from 'node:fs/promises'
import { register } from 'tsx/esm/api'
import { $, chalk, echo } from 'zx'

$.verbose = false
register()

const checks = [
  ['types', () => $`npx tsc --noEmit`],
  ["types of the report's page", () => $`npx tsc --noEmit -p src/report/html/page`],
  ['types of its tests', () => $`npx tsc --noEmit -p src/report/html/browser`],
  ['lint, format and boundaries', () => $`npx biome check --error-on-warnings`],
  ['unused code', () => $`npx knip`],
  [
    'scenario.schema.json',
    async () => isCurrent('scenario.schema.json', (await import('../src/scenario/json-schema.ts')).renderJsonSchema()),
  ],
  ['report.schema.json', async () => isCurrent('report.schema.json', (await import('../src/report/json-schema.ts')).renderRecordSchema())],
  ['scenarios', () => $`node src/cli/bin.mjs lint`],
  ['claims in README.md', () => $`npm run -s claims -- --check`],
]

async function isCurrent(file, text) {
  if ((await readFile(file, 'utf8')) === text) return
  throw new Error('is not what the sources say; write it again: npm run schema')
}

let failed = 0
for (const [title, check] of checks) {
  try {
    await check()
    echo(`${chalk.green('ok')}    ${title}`)
  } catch (error) {
    failed += 1
    echo(`${chalk.red('wrong')} ${title}`)
    const said = typeof error?.stdout === 'string' ? `${error.stdout}\n${error.stderr}`.trim() : (error?.message ?? String(error))
    echo(said.replace(/^/gm, '      '))
  }
}
process.exitCode = failed === 0 ? 0 : 1
