import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { hasSysResource, wrapperFlags } from './daemon.ts'
import { imageFile } from './image-file.ts'

const run = promisify(execFile)

test.for([
  ['000001ffffffffff', true],
  ['000001fffeffffff', false],
  ['0000000001000000', true],
  ['0000000000ffffff', false],
] as const)('a bounding set of %s has CAP_SYS_RESOURCE: %s', ([set, expected]) => {
  expect(hasSysResource(`CapEff:\t000001ffffffffff\nCapBnd:\t${set}\nCapAmb:\t0\n`)).toBe(expected)
})

test('dockerd is not told anything that its own file says', () => {
  const wrapper = '/cache/runc-wrapper.sh'
  expect(wrapperFlags({ wrapper, configured: [] })).toEqual([
    '--ip6tables=false',
    '--add-runtime',
    'meshproof=/cache/runc-wrapper.sh',
    '--default-runtime',
    'meshproof',
  ])
  expect(wrapperFlags({ wrapper, configured: ['ip6tables', 'default-runtime'] })).toEqual([])
})

test('the wrapper softens what create and exec read, and hands all words on to runc', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'meshproof-runc-test-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const process = {
    args: ['echo', 'CAP_SYS_RESOURCE'],
    capabilities: { bounding: ['CAP_CHOWN', 'CAP_SYS_RESOURCE'], effective: ['CAP_SYS_RESOURCE'] },
    oomScoreAdj: -500,
    rlimits: [{ type: 'RLIMIT_NOFILE', hard: 1, soft: 1 }],
  }
  const softened = { args: process.args, capabilities: { bounding: ['CAP_CHOWN'], effective: [] }, oomScoreAdj: 0 }
  const bundle = join(folder, 'config.json')
  const processFile = join(folder, 'process.json')
  await writeFile(bundle, JSON.stringify({ ociVersion: '1.0.2', process }))
  await writeFile(processFile, JSON.stringify(process))
  const wrapper = join(folder, 'runc-wrapper.sh')
  const template = await readFile(imageFile('runc-wrapper.sh'), 'utf8')
  await writeFile(wrapper, template.replace('"NODE"', `"${globalThis.process.execPath}"`).replace('"RUNC"', 'echo'))
  await writeFile(join(folder, 'runc-wrapper.mjs'), await readFile(imageFile('runc-wrapper.mjs')))

  const created = await run('sh', [wrapper, '--root', '/run', 'create', '--bundle', folder, 'id'])
  expect(created.stdout).toBe(`--root /run create --bundle ${folder} id\n`)
  expect(JSON.parse(await readFile(bundle, 'utf8'))).toEqual({ ociVersion: '1.0.2', process: softened })

  await run('sh', [wrapper, 'exec', `--process=${processFile}`, 'id'])
  expect(JSON.parse(await readFile(processFile, 'utf8'))).toEqual(softened)
})
