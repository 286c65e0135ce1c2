import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { cell, mixedRun, passed, run, scenario, step } from '../report/example-run.ts'
import { readRecord } from '../report/record.ts'
import type { RunResult, Verdict } from '../run/result.ts'
import { mergeParts, reportParts } from './report-parts.ts'

function part(id: string, second: number, verdict: Verdict): RunResult {
  const startedAt = new Date(Date.UTC(2026, 10, 24, 9, 0, second)).toISOString()
  const harness = { version: '0.1.0', node: 'v20.20.2', peakRssBytes: second * 1000 }
  return { id, startedAt, ms: 500, verdict, interrupted: id === 'b', scenarios: [], causes: [{ code: id, message: id }], harness }
}

test('parts become one run: the earliest names it, the worst verdict and the largest memory stand for all', () => {
  const { id, ms, verdict, interrupted, causes, harness } = mergeParts([part('b', 4, 'fail'), part('a', 1, 'inconclusive')])
  expect({ id, ms, verdict, interrupted, rss: harness.peakRssBytes }).toEqual({
    id: 'a',
    ms: 3500,
    verdict: 'fail',
    interrupted: true,
    rss: 4000,
  })
  expect(causes.map(({ code }) => code)).toEqual(['a', 'b'])
})

test('a run of no parts is refused', () => {
  expect(() => mergeParts([])).toThrowError('a run of no parts has no result')
})

test('a scenario that was planned and never ran is in the reports, with every cell', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'meshproof-parts-'))
  vi.stubEnv('GITHUB_STEP_SUMMARY', '')
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const one = scenario('one', [step(0, 'open', [passed(cell('s1.c1', 'sleep.foo', 'httpbin.foo:8000', { outcome: '200' }))])])
  const planned = [one, ...mixedRun().scenarios].map((each) => each.scenario)
  await reportParts([run([one], { interrupted: true })], planned, dir)
  write.mockRestore()
  vi.unstubAllEnvs()
  const record = await readRecord(join(dir, 'report.json'))
  expect([record.verdict, record.cells]).toEqual(['inconclusive', { pass: 1, fail: 0, inconclusive: 6 }])
  await rm(dir, { recursive: true })
})
