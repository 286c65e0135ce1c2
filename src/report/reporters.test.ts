import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EXIT, MeshproofError } from '../error.ts'
import type { Reporter } from '../run/events.ts'
import { mixedRun, tell, textSink } from './example-run.ts'
import { multiReporter } from './multi-reporter.ts'
import { readRecord } from './record.ts'
import { clearResults, createReporters, streamLook } from './reporters.ts'

let dir = ''
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'meshproof-reports-'))
})
afterEach(() => rm(dir, { recursive: true }))

function everything(more: readonly Reporter[] = []) {
  const out = textSink()
  const errors = textSink()
  const reporter = multiReporter([...more, ...createReporters({ dir, stream: out, env: {} })], errors)
  return { out, errors, reporter }
}

describe('the reporters of a run', () => {
  test('write page, record and JUnit and name all before the closing line', async () => {
    const { out, errors, reporter } = everything()
    tell(reporter, mixedRun())
    await reporter.end()
    expect(await readdir(dir)).toEqual(['junit.xml', 'report.html', 'report.json'])
    const lines = out.text().split('\n')
    expect(lines.slice(-4)).toEqual([
      `  results  ${join(dir, 'report.html')}, ${join(dir, 'report.json')}, ${join(dir, 'junit.xml')}`,
      `  explain  npx meshproof explain mtls:43 --record ${join(dir, 'report.json')}`,
      '4 passed, 3 failed',
      '',
    ])
    expect([errors.text(), reporter.exit()]).toEqual(['', EXIT.conformant])
  })

  test('take the files of the run before away when a run begins, so that none outlives a killed run', async () => {
    await writeFile(join(dir, 'report.json'), '{"verdict": "pass"}')
    await writeFile(join(dir, 'junit.xml'), '<testsuites/>')
    const { reporter } = everything()
    reporter.onEvent({ kind: 'run-start', id: 'r', scenarios: [] })
    expect(await readdir(dir)).toEqual([])
  })

  test('leave nothing of an earlier run behind when its results are cleared', async () => {
    const { reporter } = everything()
    tell(reporter, mixedRun())
    await reporter.end()
    await writeFile(join(dir, 'notes.txt'), 'not ours')
    await clearResults(dir)
    expect(await readdir(dir)).toEqual(['notes.txt'])
  })

  test('write what is known of a run that breaks off', async () => {
    const result = mixedRun()
    const { out, reporter } = everything()
    const all: Parameters<Reporter['onEvent']>[0][] = []
    tell({ onEvent: (event) => all.push(event) }, result)
    // All but the end of the last step, of its scenario and of the run.
    for (const event of all.slice(0, -3)) reporter.onEvent(event)
    await reporter.end()
    const record = await readRecord(join(dir, 'report.json'))
    expect([record.verdict, record.cells, record.causes.map((cause) => cause.code)]).toEqual([
      'inconclusive',
      { pass: 2, fail: 0, inconclusive: 4 },
      ['run-broke-off'],
    ])
    expect(record.harness.version).toMatch(/^\d+\.\d+\.\d+/)
    expect(await readFile(join(dir, 'junit.xml'), 'utf8')).toContain('tests="7" failures="0" errors="5"')
    expect(out.text()).toContain('? 4 cells never asked: the run ended without giving its result [run-broke-off] [not-asked]')
  })

  test('tell GitHub before the closing line', async () => {
    const out = textSink()
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(dir, 'summary.md') }
    const reporter = multiReporter(createReporters({ dir, stream: out, env }), out)
    tell(reporter, mixedRun())
    await reporter.end()
    expect(await readdir(dir)).toContain('summary.md')
    expect(out.text()).toMatch(/\n::error file=scenarios[\s\S]*\n4 passed, 3 failed\n$/)
  })

  test('write nothing when no run began', async () => {
    const { out, reporter } = everything()
    await reporter.end()
    expect([await readdir(dir), out.text()]).toEqual([[], ''])
  })

  test('go on when one of them fails: its error is shown once and the exit code is 3', async () => {
    const calls: string[] = []
    const broken: Reporter = {
      onEvent(event) {
        calls.push(event.kind)
        throw new MeshproofError({ code: 'page-broken', message: 'the page cannot be made', next: 'mend it' })
      },
      end: async () => {
        calls.push('end')
      },
    }
    const { errors, reporter } = everything([broken])
    tell(reporter, mixedRun())
    await reporter.end()
    expect(errors.text()).toBe('a reporter failed: the page cannot be made [page-broken]\n  next:     mend it\n')
    expect([calls, reporter.exit(), await readdir(dir)]).toEqual([
      ['run-start'],
      EXIT.inconclusive,
      ['junit.xml', 'report.html', 'report.json'],
    ])
  })

  test('say so when one file cannot be written, write the other and name only that', async () => {
    const { out, errors, reporter } = everything()
    tell(reporter, mixedRun())
    await mkdir(join(dir, 'report.json'))
    await reporter.end()
    expect(errors.text()).toContain('report.json could not be written [report-not-written]')
    expect(reporter.exit()).toBe(EXIT.inconclusive)
    expect(out.text()).toContain(`results  ${join(dir, 'report.html')}, ${join(dir, 'junit.xml')}\n`)
  })
})

test.each([
  [{ isTTY: true }, {}, { tty: true, colour: true }],
  [{ isTTY: true }, { CI: 'true' }, { tty: false, colour: false }],
  [{ isTTY: true }, { CI: 'false' }, { tty: true, colour: true }],
  [{ isTTY: true }, { NO_COLOR: '1' }, { tty: true, colour: false }],
  [{ isTTY: true }, { TERM: 'dumb' }, { tty: false, colour: false }],
  [{ isTTY: false }, {}, { tty: false, colour: false }],
  [{ isTTY: false }, { FORCE_COLOR: '1' }, { tty: false, colour: true }],
])('a stream %j with %j is looked at as %j', (stream, env, look) => {
  expect(streamLook({ stream: { ...textSink(), ...stream }, env })).toEqual(look)
})
