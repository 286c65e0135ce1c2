import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { validateXML } from 'xmllint-wasm'
import type { RunResult } from '../run/result.ts'
import { completeRun } from './complete.ts'
import { attempt, cell, mixedRun, run, scenario, step } from './example-run.ts'
import { toJunit } from './junit.ts'

/** What the Jenkins schema says against a document. */
async function objections(document: string): Promise<string[]> {
  const schema = await readFile(new URL('fixtures/jenkins-junit.xsd', import.meta.url), 'utf8')
  const { errors } = await validateXML({ xml: [{ fileName: 'junit.xml', contents: document }], schema: [schema] })
  return errors.map((error) => error.message)
}

function wildRun(): RunResult {
  const wild = 'a\u0000b\u001b[31mred\u001b[0m \ud800 <&>"\'\r\n\ufffe ]]> é 🙂'
  const failing = {
    cell: cell('s1.c1', 'sleep.foo', 'httpbin.foo:8000', { outcome: '200' }),
    verdict: 'fail',
    cause: { code: 'odd', message: wild },
    attempts: [{ ...attempt(1, undefined), command: wild }],
  } as const
  return run([scenario('x', [step(0, wild, [failing]), step(1, 'no cells', [])])])
}

const down = run([], { verdict: 'inconclusive', mesh: undefined, causes: [{ code: 'engine-missing', message: 'no container engine' }] })
const planned = mixedRun().scenarios.map((one) => one.scenario)

describe('the Jenkins schema takes the JUnit file', () => {
  test.each([
    ['of a run with everything in it', mixedRun()],
    ['of a run that never came up', completeRun(down, planned)],
    ['of a run without scenarios', run([])],
    ['of a run whose answers hold anything', wildRun()],
  ])('%s', async (_, result) => {
    expect(await objections(toJunit(result))).toEqual([])
  })
})

test('the schema refuses what Jenkins refuses', async () => {
  const sound = toJunit(mixedRun())
  expect(await objections(sound.replace('<testcase ', '<testcase line="31" '))).toEqual([
    "Schemas validity error : Element 'testcase', attribute 'line': The attribute 'line' is not allowed.",
  ])
  expect(await objections(sound.replace('time="65.000"', 'time="65 s"'))).toContain(
    "Schemas validity error : Element 'testsuites', attribute 'time': [facet 'pattern'] The value '65 s' is not accepted by the pattern '[0-9]+\\.[0-9]{3}'.",
  )
})
