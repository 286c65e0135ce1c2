#!/usr/bin/env zx
// The whole static gate. Everything runs, everything that fails is shown.
import { readFile } from 'node:fs/promises'
import { register } from 'tsx/esm/api'
import { $, chalk, echo, glob, path } from 'zx'

$.verbose = false
register()

const checks = [
  ['types', () => $`npx tsc --noEmit`],
  ["types of the report's page", () => $`npx tsc --noEmit -p src/report/html/page`],
  ['types of its tests', () => $`npx tsc --noEmit -p src/report/html/browser`],
  ['lint, format and boundaries', () => $`npx biome check --error-on-warnings`],
  ['unused code', () => $`npx knip`],
  ['what scripts import', importsExist],
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

// Scripts import late and are not typed: a name that has moved would come out only when one is run.
async function importsExist() {
  const missing = []
  for (const script of await glob('scripts/*.mjs')) {
    const imports = (await readFile(script, 'utf8')).matchAll(/const \{([^}]+)\} = await import\('(\.[^']+)'\)/g)
    for (const [, names, from] of imports) {
      const module = await import(new URL(from, new URL(script, `file://${process.cwd()}/`)).href)
      for (const name of names.split(',').map((each) => each.trim().split(':')[0])) {
        if (name && !(name in module)) missing.push(`${script}: ${path.join('scripts', from)} has no ${name}`)
      }
    }
  }
  if (missing.length > 0) throw new Error(missing.join('\n'))
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
