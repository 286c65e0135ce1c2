import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { CellResult, RunResult } from '../run/result.ts'
import { type ConsoleOptions, consoleReporter } from './console.ts'
import { cell, mixedRun, passed, run, scenario, step, tell, tellStep, textSink } from './example-run.ts'
import { screen } from './fake-screen.ts'

async function told(result: RunResult, options: Partial<ConsoleOptions> = {}): Promise<string> {
  const sink = textSink()
  const reporter = consoleReporter({ stream: sink, tty: false, colour: false, ...options })
  tell(reporter, result)
  await reporter.end?.()
  return `\n${sink.text()}`
}

function greenRun(): RunResult {
  const first = mixedRun().scenarios[0]?.steps[0]
  if (!first) throw new Error('the example has a step')
  return run([scenario('mtls', [first])])
}

afterEach(() => {
  vi.useRealTimers()
})

describe('the console, where lines cannot be redrawn', () => {
  test('shows a line for each step, then only what differs, then the verdict and the closing line', async () => {
    expect(await told(mixedRun())).toMatchInlineSnapshot(`
      "
      run 20261124-093000-k3v9
      Mutual TLS, one namespace at a time scenarios/mtls.yaml
        ✓ 1. before any policy everyone is served · 2 cells · 1.3 s
        ✗ 2. foo accepts mutual TLS only · 2 of 4 cells as declared · settled 340 ms · enforced 900 ms · 1 stale answer · 15.0 s
            GET /ip
              from           httpbin.foo:8000                      httpbin.bar:8000
              sleep.legacy   ✗ reset plain by strict ≠ 200 plain   ? 200 plain [flapping]
              (1 row as declared left out)
            ✗ sleep.legacy → httpbin.foo:8000 GET /ip was declared reset plain by strict, but 200 plain was seen 3 times in 812 ms (after one stale answer), with nothing refusing it [wrong-outcome] (scenarios/mtls.yaml:43:27)
            ? sleep.legacy → httpbin.bar:8000 GET /ip was declared 200 plain, but 4 questions in 1.2 s established nothing: 200 plain 2 times, no answer [probe-timeout] once, reset plain by strict once: the counted answers contradict each other [flapping] (scenarios/mtls.yaml:44:27)
        ? ConfigMap/left.foo was left behind [leaked]

      ✗ not conformant: Istio 1.31.1 on Kubernetes v1.34.4, image source build, proxy upstream Envoy 1.39.3 with pilot-agent 1.31
        cells    4 passed, 1 failed, 1 inconclusive
        besides  0 passed, 0 failed, 1 inconclusive
        took     1 min 05 s, 1 scenario, 20 answers of which 1 stale
      4 passed, 3 failed
      "
    `)
  })

  test('is short when all is green, and shorter when quiet', async () => {
    expect(await told(greenRun())).toMatchInlineSnapshot(`
      "
      run 20261124-093000-k3v9
      Mutual TLS, one namespace at a time scenarios/mtls.yaml
        ✓ 1. before any policy everyone is served · 2 cells · 1.3 s

      ✓ conformant: Istio 1.31.1 on Kubernetes v1.34.4, image source build, proxy upstream Envoy 1.39.3 with pilot-agent 1.31
        cells    2 passed, 0 failed, 0 inconclusive
        took     1 min 05 s, 1 scenario, 6 answers of which 0 stale
      2 passed, 0 failed
      "
    `)
    expect(await told(greenRun(), { quiet: true })).toMatchInlineSnapshot(`
      "
      ✓ conformant: Istio 1.31.1 on Kubernetes v1.34.4, image source build, proxy upstream Envoy 1.39.3 with pilot-agent 1.31
        cells    2 passed, 0 failed, 0 inconclusive
        took     1 min 05 s, 1 scenario, 6 answers of which 0 stale
      2 passed, 0 failed
      "
    `)
  })

  test('shows the whole truth table and every attempt when verbose', async () => {
    expect(await told(greenRun(), { verbose: true })).toMatchInlineSnapshot(`
      "
      run 20261124-093000-k3v9
      Mutual TLS, one namespace at a time scenarios/mtls.yaml
        ✓ 1. before any policy everyone is served · 2 cells · 1.3 s
            GET /ip
              from        httpbin.foo:8000   httpbin.bar:8000
              sleep.foo   ✓ 200 mtls         ✓ 200 mtls
            ✓ sleep.foo → httpbin.foo:8000 GET /ip was declared 200 mtls and seen so 3 times in 812 ms (scenarios/mtls.yaml:31:27)
                #1 2026-11-24T09:30:00.400Z, 400 ms after the change, took 12 ms, exit 0: 200 mtls
                  command:    curl -sS -H 'x-meshproof: mp-1' http://httpbin.foo:8000/ip
                  wire:       TLS application data both ways
                  server log: {"token":"mp-1","response_code":200,"response_code_details":"via_upstream"}
                #2 2026-11-24T09:30:00.800Z, 800 ms after the change, took 12 ms, exit 0: 200 mtls
                  command:    curl -sS -H 'x-meshproof: mp-2' http://httpbin.foo:8000/ip
                  wire:       TLS application data both ways
                  server log: {"token":"mp-2","response_code":200,"response_code_details":"via_upstream"}
                #3 2026-11-24T09:30:01.200Z, 1.2 s after the change, took 12 ms, exit 0: 200 mtls
                  command:    curl -sS -H 'x-meshproof: mp-3' http://httpbin.foo:8000/ip
                  wire:       TLS application data both ways
                  server log: {"token":"mp-3","response_code":200,"response_code_details":"via_upstream"}
            ✓ sleep.foo → httpbin.bar:8000 GET /ip was declared 200 mtls and seen so 3 times in 812 ms (scenarios/mtls.yaml:32:27)
                #1 2026-11-24T09:30:00.400Z, 400 ms after the change, took 12 ms, exit 0: 200 mtls
                  command:    curl -sS -H 'x-meshproof: mp-1' http://httpbin.foo:8000/ip
                  wire:       TLS application data both ways
                  server log: {"token":"mp-1","response_code":200,"response_code_details":"via_upstream"}
                #2 2026-11-24T09:30:00.800Z, 800 ms after the change, took 12 ms, exit 0: 200 mtls
                  command:    curl -sS -H 'x-meshproof: mp-2' http://httpbin.foo:8000/ip
                  wire:       TLS application data both ways
                  server log: {"token":"mp-2","response_code":200,"response_code_details":"via_upstream"}
                #3 2026-11-24T09:30:01.200Z, 1.2 s after the change, took 12 ms, exit 0: 200 mtls
                  command:    curl -sS -H 'x-meshproof: mp-3' http://httpbin.foo:8000/ip
                  wire:       TLS application data both ways
                  server log: {"token":"mp-3","response_code":200,"response_code_details":"via_upstream"}

      ✓ conformant: Istio 1.31.1 on Kubernetes v1.34.4, image source build, proxy upstream Envoy 1.39.3 with pilot-agent 1.31
        cells    2 passed, 0 failed, 0 inconclusive
        took     1 min 05 s, 1 scenario, 6 answers of which 0 stale
      2 passed, 0 failed
      "
    `)
  })

  test('ends in exactly the closing line', async () => {
    expect((await told(mixedRun())).split('\n').slice(-2)).toEqual(['4 passed, 3 failed', ''])
  })

  test('counts what was never asked when no mesh came up', async () => {
    const planned = mixedRun().scenarios.map((one) => one.scenario)
    const down = run([], { verdict: 'inconclusive', mesh: undefined, causes: [{ code: 'engine-missing', message: 'no container engine' }] })
    const sink = textSink()
    const reporter = consoleReporter({ stream: sink, tty: false, colour: false })
    reporter.onEvent({ kind: 'run-start', id: down.id, scenarios: planned })
    reporter.onEvent({ kind: 'run-end', result: down })
    await reporter.end?.()
    expect(`\n${sink.text()}`).toMatchInlineSnapshot(`
      "
      run 20261124-093000-k3v9

      ? no container engine [engine-missing]
      ? 6 cells never asked: no container engine [engine-missing] [not-asked]
      ? inconclusive: no container engine [engine-missing]
        cells    0 passed, 0 failed, 6 inconclusive
        besides  0 passed, 0 failed, 1 inconclusive
        took     1 min 05 s, 1 scenario, 0 answers of which 0 stale
      0 passed, 7 failed
      "
    `)
  })

  test('counts what was never asked at the end only, and tells what was', async () => {
    const cause = { code: 'not-asked', message: 'the run was interrupted [interrupted]' }
    const unasked = (one: CellResult): CellResult => ({ cell: one.cell, verdict: 'inconclusive', cause, attempts: [] })
    const [first, second] = mixedRun().scenarios[0]?.steps ?? []
    if (!first || !second) throw new Error('the example has two steps')
    const broken = { ...second, cells: second.cells.map((one) => (one.verdict === 'fail' ? one : unasked(one))) }
    const never = step(2, 'never came', first.cells.map(unasked))
    const text = await told(run([scenario('mtls', [first, broken, never])], { interrupted: true }))
    expect(text).toMatchInlineSnapshot(`
      "
      run 20261124-093000-k3v9
      Mutual TLS, one namespace at a time scenarios/mtls.yaml
        ✓ 1. before any policy everyone is served · 2 cells · 1.3 s
        ✗ 2. foo accepts mutual TLS only · 0 of 4 cells as declared · settled 340 ms · enforced 900 ms · 1 stale answer · 15.0 s
            GET /ip
              from           httpbin.foo:8000                      httpbin.bar:8000
              sleep.legacy   ✗ reset plain by strict ≠ 200 plain   ? 200 plain [not-asked]
              (1 row as declared or never asked left out)
            ✗ sleep.legacy → httpbin.foo:8000 GET /ip was declared reset plain by strict, but 200 plain was seen 3 times in 812 ms (after one stale answer), with nothing refusing it [wrong-outcome] (scenarios/mtls.yaml:43:27)

      ? 5 cells never asked: the run was interrupted [interrupted] [not-asked]
      ✗ interrupted, not conformant: Istio 1.31.1 on Kubernetes v1.34.4, image source build, proxy upstream Envoy 1.39.3 with pilot-agent 1.31
        cells    2 passed, 1 failed, 5 inconclusive
        took     1 min 05 s, 1 scenario, 10 answers of which 1 stale
      2 passed, 6 failed
      "
    `)
    expect(await told(run([scenario('mtls', [never])]), { verbose: true })).toContain('never came')
  })

  test('names only result files that are there', async () => {
    const here = 'package.json'
    const text = await told(greenRun(), { files: [here, 'test-results/never-written.xml'] })
    expect(text).toContain(`  results  ${here}\n`)
  })

  test('says how to look at the worst cell again where the record is there', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'meshproof-console-'))
    const files = [join(dir, 'report.json')]
    await writeFile(join(dir, 'report.json'), '{}')
    const line = async (result: RunResult) => (await told(result, { files })).match(/explain .*/)?.[0].replace(dir, 'DIR')
    expect([await line(mixedRun()), await line(greenRun())]).toEqual([
      'explain  npx meshproof explain mtls:43 --record DIR/report.json',
      undefined,
    ])
    await rm(dir, { recursive: true })
  })

  test('prints scenarios that run at the same time one after the other', async () => {
    const [a, b] = ['a', 'b'].map((id) => {
      const only = step(0, `the step of ${id}`, [passed(cell('s1.c1', 'sleep.foo', 'httpbin.foo:8000', { outcome: '200' }))])
      const made = scenario(id, [only, { ...only, index: 1, title: `the last of ${id}` }])
      return { ...made, scenario: { ...made.scenario, title: `scenario ${id}` } }
    })
    if (!a || !b) throw new Error('two scenarios')
    const sink = textSink()
    const reporter = consoleReporter({ stream: sink, tty: false, colour: false })
    const both = [a, b]
    for (const one of both) reporter.onEvent({ kind: 'scenario-start', scenario: one.scenario })
    for (const index of [0, 1]) {
      for (const one of [b, a]) {
        const done = one.steps[index]
        if (done) tellStep(reporter, one, { index, done })
      }
    }
    for (const one of [b, a]) reporter.onEvent({ kind: 'scenario-end', scenario: one.scenario, result: one })
    expect(sink.text().match(/scenario \w|the \w+ of \w/g)).toEqual([
      'scenario a',
      'the step of a',
      'the last of a',
      'scenario b',
      'the step of b',
      'the last of b',
    ])
  })

  test('falls silent when its reader goes away, but not when the disk is full', async () => {
    for (const [code, ends] of [
      ['EPIPE', 'resolves'],
      ['ENOSPC', 'rejects'],
    ] as const) {
      let breakIt: (error: Error) => void = () => undefined
      const sink = { ...textSink(), on: (_: 'error', listener: (error: Error) => void) => (breakIt = listener) }
      const reporter = consoleReporter({ stream: sink, tty: false, colour: false })
      tell(reporter, greenRun())
      const before = sink.text()
      breakIt(Object.assign(new Error(`write ${code}`), { code }))
      const end = reporter.end?.().then(
        () => 'resolves',
        () => 'rejects',
      )
      expect([await end, sink.text()]).toEqual([ends, before])
    }
  })
})

describe('the console, on a terminal', () => {
  test('redraws one line a step with its state and the time it takes, and leaves none behind', async () => {
    vi.useFakeTimers({ now: 0 })
    const result = greenRun()
    const [one] = result.scenarios
    const planned = one?.scenario.steps[0]
    const decided = one?.steps[0]?.cells[0]
    const red: CellResult | undefined = decided && { ...decided, verdict: 'fail' }
    if (!one || !planned || !decided || !red) throw new Error('the example has a step')
    const terminal = screen(80)
    const reporter = consoleReporter({ stream: terminal, tty: true, colour: false })
    reporter.onEvent({ kind: 'run-start', id: 'r', scenarios: [one.scenario] })
    reporter.onEvent({ kind: 'scenario-start', scenario: one.scenario })
    reporter.onEvent({ kind: 'step-start', scenario: one.scenario, step: planned })
    reporter.onEvent({ kind: 'step-phase', scenario: one.scenario, step: planned, phase: 'settling' })
    vi.advanceTimersByTime(1200)
    expect(terminal.lines()).toEqual(['run r', '  ⠹ step 1 of 1 · settling · 1.2 s · before any policy everyone is served'])
    reporter.onEvent({ kind: 'step-phase', scenario: one.scenario, step: planned, phase: 'asking' })
    reporter.onEvent({ kind: 'cell-decided', scenario: one.scenario, step: planned, cell: decided.cell, result: decided })
    vi.advanceTimersByTime(800)
    // Cut to 79 of the 80 columns.
    expect(terminal.lines()).toEqual(['run r', '  ⠋ step 1 of 1 · asking 1 of 2 cells · 2.0 s · before any policy everyone is s'])
    reporter.onEvent({ kind: 'cell-decided', scenario: one.scenario, step: planned, cell: red.cell, result: red })
    vi.advanceTimersByTime(100)
    expect(terminal.lines()).toEqual(['run r', '  ⠙ step 1 of 1 · asking 2 of 2 cells, 1 not as declared · 2.1 s · before any p'])
    if (one.steps[0]) reporter.onEvent({ kind: 'step-end', scenario: one.scenario, step: planned, result: one.steps[0] })
    reporter.onEvent({ kind: 'scenario-end', scenario: one.scenario, result: one })
    reporter.onEvent({ kind: 'run-end', result })
    await reporter.end?.()
    vi.advanceTimersByTime(5000)
    expect(`\n${terminal.lines().join('\n')}\n`).toMatchInlineSnapshot(`
      "
      run r
      Mutual TLS, one namespace at a time scenarios/mtls.yaml
        ✓ 1. before any policy everyone is served · 2 cells · 1.3 s

      ✓ conformant: Istio 1.31.1 on Kubernetes v1.34.4, image source build, proxy upstream Envoy 1.39.3 with pilot-agent 1.31
        cells    2 passed, 0 failed, 0 inconclusive
        took     1 min 05 s, 1 scenario, 6 answers of which 0 stale
      2 passed, 0 failed
      "
    `)
  })

  test('marks verdicts by colour', async () => {
    expect(await told(mixedRun(), { colour: true })).toContain('\u001b[31m✗\u001b[39m 2. foo accepts')
  })
})
