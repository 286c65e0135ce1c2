import { join } from 'node:path'
import type { Verdict } from '../run/result.ts'
import { JUNIT_FILE } from './junit.ts'
import type { UpgradeRecord } from './upgrade-record.ts'
import { clock, during, STATE_WORDS } from './upgrade-words.ts'
import { writeWhole } from './write-whole.ts'
import { type Element, renderXml } from './xml.ts'

interface Case {
  readonly name: string
  readonly classname: string
  /** Milliseconds. */
  readonly ms: number
  readonly verdict: Verdict
  readonly code?: string
  readonly message?: string
}

/** An upgrade as JUnit XML: a case for each run of the scenarios, for each lane of each pair, and for each thing that went wrong. Pure. */
export function toUpgradeJunit(record: UpgradeRecord): string {
  const { id, startedAt, ms } = record
  const suites = [
    { name: 'runs', cases: runCases(record) },
    { name: 'all the while', cases: pairCases(record) },
    { name: 'the upgrade as a whole', cases: wholeCases(record) },
  ].filter(({ cases }) => cases.length > 0)
  const all = suites.flatMap(({ cases }) => cases)
  return renderXml({
    name: 'testsuites',
    attributes: { name: 'meshproof upgrade', ...totals(all), time: seconds(ms) },
    children: suites.map(({ name, cases }) => ({
      name: 'testsuite',
      attributes: { name, ...totals(cases), skipped: 0, time: seconds(cases.reduce((sum, one) => sum + one.ms, 0)), timestamp: startedAt },
      children: [properties(record, id), ...cases.map(toCase)],
    })),
  })
}

/** Writes the file into the results folder. @throws MeshproofError `report-not-written`. */
export async function writeUpgradeJunit(record: UpgradeRecord, dir: string): Promise<string> {
  const file = join(dir, JUNIT_FILE)
  await writeWhole(file, toUpgradeJunit(record))
  return file
}

function runCases({ runs }: UpgradeRecord): Case[] {
  return runs.map(({ state, verdict, cells, ms, record }) => {
    const common = { name: `all scenarios, ${STATE_WORDS[state]}`, classname: 'runs', ms, verdict }
    if (verdict === 'pass') return common
    return {
      ...common,
      code: 'not-green',
      message: `${cells.fail} failed, ${cells.inconclusive} inconclusive of ${cells.pass + cells.fail + cells.inconclusive} cells: see ${record}`,
    }
  })
}

function pairCases({ continuous, findings, events }: UpgradeRecord): Case[] {
  return (continuous?.pairs ?? []).flatMap(({ from, to, asks, declared }) =>
    (['fresh', 'pooled'] as const).map((lane): Case => {
      const name = `${from} → ${to} ${asks}, ${lane}`
      const own = findings.filter(({ pair }) => pair === name)
      const [worst] = own
      const common = { name: `${name}: ${declared}`, classname: 'all the while', ms: 0 }
      if (!worst) return { ...common, verdict: 'pass' }
      const message = own
        .map(({ code, message: what, at }) => `${code}: ${what}${at === undefined ? '' : ` (${clock(at)}, ${during(events, at)})`}`)
        .join('\n')
      return { ...common, verdict: worst.verdict, code: worst.code, message }
    }),
  )
}

function wholeCases({ causes, findings, comparisons }: UpgradeRecord): Case[] {
  const blind = findings.filter(({ pair }) => pair === undefined)
  const regressed = comparisons.flatMap(({ state, comparison }) =>
    comparison.kind === 'compared'
      ? comparison.changes
          .filter(({ kind }) => kind === 'regressed')
          .map(({ name, after }) => ({ state, message: `${name}: ${after?.cause ?? ''}` }))
      : [],
  )
  const common = { classname: 'the upgrade as a whole', ms: 0 }
  return [
    ...causes.map(({ code, message }): Case => ({ ...common, name: code, verdict: 'inconclusive', code, message })),
    ...blind.map(({ code, message, verdict }): Case => ({ ...common, name: `${code}: ${message}`, verdict, code, message })),
    ...regressed.map(
      ({ state, message }): Case => ({
        ...common,
        name: `regressed ${STATE_WORDS[state]}: ${message}`,
        verdict: 'fail',
        code: 'regressed',
        message,
      }),
    ),
  ]
}

function properties({ from, to, strategy, imageSource, kubernetes }: UpgradeRecord, run: string): Element {
  const pairs = { run, from: from.istioVersion, to: to.istioVersion, strategy, 'image-source': imageSource, kubernetes }
  const children = Object.entries(pairs).map(([name, value]) => (value ? { name: 'property', attributes: { name, value } } : undefined))
  return { name: 'properties', children }
}

function toCase({ name, classname, ms, verdict, code = 'no-cause', message = '' }: Case): Element {
  const [first = ''] = message.split('\n')
  const problem =
    verdict === 'pass'
      ? undefined
      : { name: verdict === 'fail' ? 'failure' : 'error', attributes: { message: first, type: code }, text: message }
  return { name: 'testcase', attributes: { name, classname, time: seconds(ms) }, children: [problem] }
}

function totals(cases: readonly Case[]): { tests: number; failures: number; errors: number } {
  const of = (verdict: Verdict) => cases.filter((one) => one.verdict === verdict).length
  return { tests: cases.length, failures: of('fail'), errors: of('inconclusive') }
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3)
}
