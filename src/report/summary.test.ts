import { describe, expect, test } from 'vitest'
import type { RunResult } from '../run/result.ts'
import { completeRun } from './complete.ts'
import { cell, FAILED, mixedRun, passed, run, scenario, step } from './example-run.ts'
import { toRecord } from './record.ts'
import { summaryMarkdown } from './summary.ts'

function summary(result: RunResult, options?: Parameters<typeof summaryMarkdown>[1]): string {
  return summaryMarkdown(toRecord(result), options)
}

const down = run([], { verdict: 'inconclusive', mesh: undefined, causes: [{ code: 'engine-missing', message: 'no container engine' }] })

describe('the Markdown summary', () => {
  test('shows what is red first, then everything folded', () => {
    expect(`\n${summary(mixedRun())}`).toMatchInlineSnapshot(`
      "
      ## ❌ meshproof: not conformant

      Istio 1.31.1 on Kubernetes v1.34.4, image source **build**, proxy upstream Envoy 1.39.3 with pilot-agent 1.31; 1 scenario in 1 min 05 s, run \`20261124-093000-k3v9\`

      |  | passed | failed | inconclusive |
      | --- | --- | --- | --- |
      | cells | 4 | 1 | 1 |
      | all checks | 4 | 1 | 2 |

      ### ❌ Mutual TLS, one namespace at a time \`scenarios/mtls.yaml:1\`

      - ❔ ConfigMap/left.foo was left behind \\[leaked\\]

      **2. foo accepts mutual TLS only**

      | GET /ip | httpbin.foo:8000 | httpbin.bar:8000 |
      | --- | --- | --- |
      | sleep.legacy | ❌ reset plain by strict ≠ 200 plain | ❔ 200 plain \\[flapping\\] |

      - ❌ \`scenarios/mtls.yaml:43\`: sleep.legacy → httpbin.foo:8000 GET /ip was declared reset plain by strict, but 200 plain was seen 3 times in 812 ms (after one stale answer), with nothing refusing it \\[wrong-outcome\\]

      - ❔ \`scenarios/mtls.yaml:44\`: sleep.legacy → httpbin.bar:8000 GET /ip was declared 200 plain, but 4 questions in 1.2 s established nothing: 200 plain 2 times, no answer \\[probe-timeout\\] once, reset plain by strict once: the counted answers contradict each other \\[flapping\\]

      |  | scenario | cells as declared | slowest to enforce | took |
      | --- | --- | --- | --- | --- |
      | ❌ | Mutual TLS, one namespace at a time | 4 of 6 | 900 ms | 4.2 s |

      <details><summary>❌ all truth tables: Mutual TLS, one namespace at a time</summary>

      ✅ **1. before any policy everyone is served**

      | GET /ip | httpbin.foo:8000 | httpbin.bar:8000 |
      | --- | --- | --- |
      | sleep.foo | ✅ 200 mtls | ✅ 200 mtls |

      ❌ **2. foo accepts mutual TLS only**

      | GET /ip | httpbin.foo:8000 | httpbin.bar:8000 |
      | --- | --- | --- |
      | sleep.legacy | ❌ reset plain by strict ≠ 200 plain | ❔ 200 plain \\[flapping\\] |
      | sleep.foo | ✅ 200 mtls | ✅ 200 mtls |

      </details>
      "
    `)
  })

  test('says once why nothing was asked', () => {
    const planned = mixedRun().scenarios.map((one) => one.scenario)
    expect(`\n${summary(completeRun(down, planned)).split('<details>')[0]}`).toMatchInlineSnapshot(`
      "
      ## ❔ meshproof: inconclusive

      no mesh came up; 1 scenario in 1 min 05 s, run \`20261124-093000-k3v9\`

      |  | passed | failed | inconclusive |
      | --- | --- | --- | --- |
      | cells | 0 | 0 | 6 |
      | all checks | 0 | 0 | 7 |

      - ❔ no container engine \\[engine-missing\\]

      ### ❔ Mutual TLS, one namespace at a time \`scenarios/mtls.yaml:1\`

      - ❔ 6 cells never asked: no container engine \\[engine-missing\\]

      |  | scenario | cells as declared | slowest to enforce | took |
      | --- | --- | --- | --- | --- |
      | ❔ | Mutual TLS, one namespace at a time | 0 of 6 |  | 0 ms |

      "
    `)
  })

  test('puts the worst scenario first', () => {
    const green = scenario('green', [step(0, 'one', [passed(cell('s1.c1', 'sleep.foo', 'httpbin.foo:8000', { outcome: '200' }))])])
    const red = scenario('red', [step(0, 'two', [FAILED])])
    const titled = [green, red].map((one) => ({ ...one, scenario: { ...one.scenario, title: `the ${one.scenario.id} one` } }))
    expect(summary(run(titled)).match(/the (red|green) one/g)).toEqual([
      'the red one',
      'the red one',
      'the green one',
      'the red one',
      'the green one',
    ])
  })

  test('links places where it knows how', () => {
    const text = summary(mixedRun(), { linkTo: ({ file, line }) => `https://example.invalid/${file}#L${line}` })
    expect(text).toContain('- ❌ [`scenarios/mtls.yaml:43`](https://example.invalid/scenarios/mtls.yaml#L43): sleep.legacy')
  })

  test('leaves out what matters least when it grows too large, and says so', () => {
    const many = Array.from({ length: 40 }, (_, index) => scenario(`s${index}`, mixedRun().scenarios[0]?.steps ?? []))
    const whole = summary(run(many))
    const limit = 30_000
    const cut = summary(run(many), { limit })
    expect(Buffer.byteLength(whole)).toBeGreaterThan(limit)
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(limit)
    expect(cut.split('\n').slice(0, 5)).toEqual(whole.split('\n').slice(0, 5))
    expect(cut).toMatch(/\n_\d+ parts of this summary left out for its size; report\.json holds all\._\n$/)
  })

  test('shows whatever a scenario says letter by letter', () => {
    const odd = cell('s1.c1', 'sleep.foo', 'httpbin.foo:8000', { outcome: '200' })
    const wild = scenario('x', [step(0, 'a | b\n<b>*c*</b> `d` @someone #12', [{ ...FAILED, cell: odd }])])
    expect(summary(run([wild]))).toContain('**1. a \\| b &lt;b>\\*c\\*&lt;/b> \\`d\\` @<!-- -->someone #<!-- -->12**')
  })
})
