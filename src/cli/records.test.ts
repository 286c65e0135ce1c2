import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mixedRun, run, scenario } from '../report/example-run.ts'
import { writeRecord } from '../report/record.ts'

const BIN = fileURLToPath(new URL('bin.mjs', import.meta.url))
let dir = ''

/** Runs the real command line where the records lie. */
async function meshproof(...args: readonly string[]): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
  const { exitCode, stdout, stderr } = await execa('node', [BIN, ...args], {
    cwd: dir,
    reject: false,
    env: { NO_COLOR: '1', LANG: 'C.UTF-8' },
  })
  return { exitCode, stdout, stderr }
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'meshproof-cli-'))
  const [mixed] = mixedRun().scenarios
  const green = run([
    scenario(
      'mtls',
      (mixed?.steps ?? []).map((step) => ({ ...step, verdict: 'pass', cells: step.cells.slice(0, 2) })),
    ),
  ])
  await writeRecord(mixedRun(), join(dir, 'test-results'))
  await writeRecord(green, join(dir, 'green'))
  await writeRecord({ ...green, mesh: green.mesh && { ...green.mesh, source: 'registry' } }, join(dir, 'registry'))
  await mkdir(join(dir, 'cut'))
  await writeFile(join(dir, 'cut', 'report.json'), '{"version": 1, "scen')
})
afterAll(() => rm(dir, { recursive: true }))

describe('meshproof diff', () => {
  test('ends with 0 when nothing got worse', async () => {
    expect(await meshproof('diff', 'green', 'green/report.json')).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: expect.stringMatching(/\n\n4 cells unchanged$/),
    })
  })

  test('ends with 3 when something is no longer proven or the records are not comparable', async () => {
    expect(await meshproof('diff', 'green', 'test-results')).toMatchObject({ exitCode: 3, stderr: '' })
    expect(await meshproof('diff', 'green', 'registry')).toMatchObject({
      exitCode: 3,
      stderr: '',
      stdout: expect.stringMatching(/\? not comparable: their images come from different sources, build and registry,.*$/),
    })
  })

  test('prints Markdown when asked to', async () => {
    const { stdout } = await meshproof('diff', 'green', 'test-results', '--markdown')
    expect(stdout.split('\n')[0]).toBe('## ❌ 1 no longer proven, 2 new and not as declared, 4 cells unchanged')
  })

  test('refuses with 2 what is no record, and a ratio that is none', async () => {
    const cut = await meshproof('diff', 'cut', 'green')
    expect([cut.exitCode, cut.stdout, cut.stderr.split('\n')[0]]).toEqual([
      2,
      '',
      'cut/report.json holds no whole JSON; it was cut or is no record [record-truncated]',
    ])
    expect(await meshproof('diff', 'green', 'green', '--slower', '0.5')).toMatchObject({ exitCode: 2, stdout: '' })
  })
})

describe('meshproof explain', () => {
  test('tells the cell of a line from the last record', async () => {
    const { exitCode, stdout, stderr } = await meshproof('explain', 'mtls:43')
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout.split('\n').slice(0, 3)).toMatchInlineSnapshot(`
      [
        "run 20261124-093000-k3v9 of 2026-11-24T09:30:00.000Z: Istio 1.31.1, image source build",
        "✗ sleep.legacy → httpbin.foo:8000 GET /ip was declared reset plain by strict, but 200 plain was seen 3 times in 812 ms (after one stale answer), with nothing refusing it [wrong-outcome] (scenarios/mtls.yaml:43:27)",
        "    step       2. foo accepts mutual TLS only (Mutual TLS, one namespace at a time)",
      ]
    `)
  })

  test('refuses with 2 a line without cells', async () => {
    const { exitCode, stdout, stderr } = await meshproof('explain', 'mtls:9', '--record', 'green')
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toContain('[no-such-cell]')
  })

  test('says that all is as declared where nothing is red', async () => {
    const { stdout } = await meshproof('explain', 'mtls', '--record', 'green')
    expect(stdout.split('\n').at(-1)).toBe('every cell of mtls is as declared')
  })
})
