import { describe, expect, test } from 'vitest'
import type { RunResult } from '../run/result.ts'
import { countChecks } from './checks.ts'
import { completeRun } from './complete.ts'
import { attempt, cell, mixedRun, passed, run, scenario, step } from './example-run.ts'
import { toJunit } from './junit.ts'
import { all, type Node, readXml, textOf } from './read-xml.ts'

function read(result: RunResult): Node {
  return readXml(toJunit(result))
}

/** `name: what it holds`, of every case. */
function outline(root: Node): string[] {
  return all(root, 'testcase').map((one) => {
    const problem = one.children.find((child) => child.name === 'failure' || child.name === 'error')
    return `${one.attributes['classname']} | ${one.attributes['name']} | ${problem ? `${problem.name} ${problem.attributes['type']}` : 'passed'}`
  })
}

describe('the JUnit file', () => {
  test('has a case for each cell and for each cause outside the cells', () => {
    expect(outline(read(mixedRun()))).toMatchInlineSnapshot(`
      [
        "mtls.step 1 | sleep.foo → httpbin.foo:8000 GET /ip | passed",
        "mtls.step 1 | sleep.foo → httpbin.bar:8000 GET /ip | passed",
        "mtls.step 2 | sleep.foo → httpbin.foo:8000 GET /ip | passed",
        "mtls.step 2 | sleep.foo → httpbin.bar:8000 GET /ip | passed",
        "mtls.step 2 | sleep.legacy → httpbin.foo:8000 GET /ip | failure wrong-outcome",
        "mtls.step 2 | sleep.legacy → httpbin.bar:8000 GET /ip | error flapping",
        "mtls | Mutual TLS, one namespace at a time: leaked | error leaked",
      ]
    `)
  })

  test('says where a cell stands: its step, file and line', () => {
    const [first] = all(read(mixedRun()), 'testcase')
    expect(first?.attributes).toMatchInlineSnapshot(`
      {
        "classname": "mtls.step 1",
        "name": "sleep.foo → httpbin.foo:8000 GET /ip",
        "time": "0.812",
      }
    `)
    expect(textOf(first, 'system-out')?.split('\n')[0]).toMatchInlineSnapshot(
      `"scenarios/mtls.yaml:31:27: step 1, before any policy everyone is served"`,
    )
  })

  test('says where a cause outside the cells comes from', () => {
    const leaked = all(read(mixedRun()), 'testcase').at(-1)
    expect(textOf(leaked, 'error')).toMatchInlineSnapshot(`"ConfigMap/left.foo was left behind [leaked] (scenarios/mtls.yaml:1:1)"`)
  })

  test('gives reason and evidence of a failure', () => {
    const failed = all(read(mixedRun()), 'testcase').find((one) => one.children.some((child) => child.name === 'failure'))
    expect(textOf(failed, 'failure')).toMatchInlineSnapshot(
      `"sleep.legacy → httpbin.foo:8000 GET /ip was declared reset plain by strict, but 200 plain was seen 3 times in 812 ms (after one stale answer), with nothing refusing it [wrong-outcome] (scenarios/mtls.yaml:43:27)"`,
    )
    expect(`\n${textOf(failed, 'system-out')}\n`).toMatchInlineSnapshot(`
      "
      scenarios/mtls.yaml:43:27: step 2, foo accepts mutual TLS only
      apply PeerAuthentication/default.foo
        warning: mind the gap
      settled in 340 ms, altered: httpbin-7d9f.foo
      sleep.legacy → httpbin.foo:8000 GET /ip was declared reset plain by strict, but 200 plain was seen 3 times in 812 ms (after one stale answer), with nothing refusing it [wrong-outcome] (scenarios/mtls.yaml:43:27)
      #1 2026-11-24T09:30:00.400Z, 400 ms after the change, took 12 ms, exit 0: stale 200 plain
        command:    curl -sS -H 'x-meshproof: mp-1' http://httpbin.foo:8000/ip
        fate:       stale, never judged: connection 12 is older than the change
        wire:       TLS application data both ways
        server log: {"token":"mp-1","response_code":200,"response_code_details":"via_upstream"}
      #2 2026-11-24T09:30:00.800Z, 800 ms after the change, took 12 ms, exit 0: 200 plain
        command:    curl -sS -H 'x-meshproof: mp-2' http://httpbin.foo:8000/ip
        wire:       TLS application data both ways
        server log: {"token":"mp-2","response_code":200,"response_code_details":"via_upstream"}
      #3 2026-11-24T09:30:01.200Z, 1.2 s after the change, took 12 ms, exit 0: 200 plain
        command:    curl -sS -H 'x-meshproof: mp-3' http://httpbin.foo:8000/ip
        wire:       TLS application data both ways
        server log: {"token":"mp-3","response_code":200,"response_code_details":"via_upstream"}
      #4 2026-11-24T09:30:01.600Z, 1.6 s after the change, took 12 ms, exit 0: 200 plain
        command:    curl -sS -H 'x-meshproof: mp-4' http://httpbin.foo:8000/ip
        wire:       TLS application data both ways
        server log: {"token":"mp-4","response_code":200,"response_code_details":"via_upstream"}
      "
    `)
  })

  test('counts in every suite what its cases hold, and in all what the closing line counts', () => {
    const result = completeRun({ ...mixedRun(), interrupted: true, causes: [{ code: 'interrupted', message: 'by the user' }] }, [])
    const root = read(result)
    for (const whole of [root, ...all(root, 'testsuite')]) {
      expect(whole.attributes).toMatchObject({
        tests: String(all(whole, 'testcase').length),
        failures: String(all(whole, 'failure').length),
        errors: String(all(whole, 'error').length),
      })
    }
    const { pass, fail, inconclusive } = countChecks(result)
    expect([pass + fail + inconclusive, fail, inconclusive].map(String)).toEqual(
      ['tests', 'failures', 'errors'].map((key) => root.attributes[key]),
    )
  })

  test('of a run that never came up has an errored case for every planned cell', () => {
    const planned = mixedRun().scenarios.map((one) => one.scenario)
    const down = run([], { verdict: 'inconclusive', mesh: undefined, causes: [{ code: 'engine-missing', message: 'no container engine' }] })
    expect(outline(read(completeRun(down, planned)))).toMatchInlineSnapshot(`
      [
        "mtls.step 1 | sleep.foo → httpbin.foo:8000 GET /ip | error not-asked",
        "mtls.step 1 | sleep.foo → httpbin.bar:8000 GET /ip | error not-asked",
        "mtls.step 2 | sleep.foo → httpbin.foo:8000 GET /ip | error not-asked",
        "mtls.step 2 | sleep.foo → httpbin.bar:8000 GET /ip | error not-asked",
        "mtls.step 2 | sleep.legacy → httpbin.foo:8000 GET /ip | error not-asked",
        "mtls.step 2 | sleep.legacy → httpbin.bar:8000 GET /ip | error not-asked",
        "meshproof | run: engine-missing | error engine-missing",
      ]
    `)
  })

  test('names image source and proxy build', () => {
    const pairs = all(read(mixedRun()), 'property').map((one) => [one.attributes['name'], one.attributes['value']])
    expect(Object.fromEntries(pairs)).toMatchObject({
      'image-source': 'build',
      proxy: 'upstream Envoy 1.39.3 with pilot-agent 1.31',
      istio: '1.31.1',
    })
  })

  test('keeps cells apart that differ only in what they send', () => {
    const one = cell('s1.c1', 'sleep.foo', 'httpbin.foo:8000', { outcome: '200' })
    const two = { ...one, id: 's1.c2' }
    const names = all(read(run([scenario('x', [step(0, 'both', [passed(one), passed(two)])])])), 'testcase').map(
      (it) => it.attributes['name'],
    )
    expect(names).toEqual(['sleep.foo → httpbin.foo:8000 GET /ip (s1.c1)', 'sleep.foo → httpbin.foo:8000 GET /ip (s1.c2)'])
  })

  test('shows a step without cells as a case of its own', () => {
    expect(outline(read(run([scenario('x', [step(0, 'a bad policy is refused', [])])])))).toEqual([
      'x.step 1 | step 1, a bad policy is refused | passed',
    ])
  })

  test('survives whatever an answer holds', () => {
    const one = cell('s1.c1', 'sleep.foo', 'httpbin.foo:8000', { outcome: '200' })
    const wild = 'a\u0000b\u001b[31mred\u001b[0m \ud800 <&>"\'\r\n\ufffe ]]> é 🙂'
    const failing = {
      cell: one,
      verdict: 'fail',
      cause: { code: 'odd', message: wild },
      attempts: [{ ...attempt(1, undefined), command: wild }],
    } as const
    const [read1] = all(read(run([scenario('x', [step(0, wild, [failing])])])), 'testcase')
    expect(textOf(read1, 'failure')).toContain('no answer was seen: abred  <&>"\'\r\n ]]> é 🙂 [odd]')
    expect(textOf(read1, 'system-out')).toContain('command:    abred  <&>"\'\r\n ]]> é 🙂')
  })
})
