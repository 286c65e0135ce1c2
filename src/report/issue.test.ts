import { describe, expect, test } from 'vitest'
import { EXIT } from '../error.ts'
import { compareRecords } from './diff.ts'
import { cell, FAILED, mixedRun, passed, run, scenario, step } from './example-run.ts'
import { issueMarkdown } from './issue.ts'
import { toRecord } from './record.ts'

const served = passed(cell('s1.c1', 'sleep.foo', 'httpbin.foo:8000', { outcome: '200', wire: 'mtls' }))
const green = toRecord(run([scenario('mtls', [step(0, 'one', [served])])]))
const red = toRecord(mixedRun())

describe('the text of an issue about a red night', () => {
  test('says which line is red, what changed, what is red and how to see it again', () => {
    const text = issueMarkdown([
      { line: '1.30', exit: EXIT.notConformant, record: red, comparison: compareRecords(green, red) },
      { line: '1.31', exit: EXIT.conformant, record: green },
    ])
    expect(text.split('\n').filter((line) => /^(#|\| 1\.|npx)/.test(line))).toMatchInlineSnapshot(`
      [
        "# meshproof: Istio 1.30 not conformant",
        "| 1.30 | not conformant | \`20261124-093000-k3v9\` |",
        "| 1.31 | conformant | \`20261124-093000-k3v9\` |",
        "# Istio 1.30",
        "## ❌ 1 no longer proven, 2 new and not as declared, 1 gone, 4 new, 0 cells unchanged",
        "### ❔ 1 no longer proven",
        "### ❌ 2 new and not as declared",
        "### ❔ 1 gone",
        "### ✅ 4 new",
        "## ❌ meshproof: not conformant",
        "### ❌ Mutual TLS, one namespace at a time \`scenarios/mtls.yaml:1\`",
        "npx meshproof run --istio 1.30 --images build",
      ]
    `)
  })

  test('repeats only the red scenarios, with the images that they ran with', () => {
    const other = { ...red, scenarios: [...red.scenarios, ...green.scenarios] }
    expect(issueMarkdown([{ line: '1.30', exit: EXIT.notConformant, record: other }])).toContain(
      '```sh\nnpx meshproof run --istio 1.30 --images build scenarios/mtls.yaml\n```\n',
    )
  })

  test('says why there is no record', () => {
    const problem = 'the run ended with exit code 2: there is no record\n  seen: ENOENT'
    expect(`\n${issueMarkdown([{ line: '1.31', exit: EXIT.usage, problem }])}`).toMatchInlineSnapshot(`
      "
      # meshproof: Istio 1.31 could not be run

      | Istio | verdict | run |
      | --- | --- | --- |
      | 1.31 | could not be run | no record |

      # Istio 1.31

      ~~~~
      the run ended with exit code 2: there is no record
        seen: ENOENT
      ~~~~

      To see it again:

      \`\`\`sh
      npx meshproof run --istio 1.31
      \`\`\`
      "
    `)
  })

  test('is never longer than an issue may be', () => {
    const steps = Array.from({ length: 300 }, (_, index) => step(index, `step ${index}`, [FAILED]))
    const huge = toRecord(run([scenario('mtls', steps)]))
    const comparison = compareRecords(green, huge)
    const nights = ['1.30', '1.31'].map((line) => ({ line, exit: EXIT.notConformant, record: huge, comparison }))
    const text = issueMarkdown(nights)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(65_536)
    expect(text.match(/left out for its size/g)).toHaveLength(4)
    expect(text.match(/To see it again/g)).toHaveLength(2)
    // Of each line both what changed and what is red.
    for (const part of text.split('\n# Istio ').slice(1)) expect(part).toMatch(/new and not as declared[\s\S]*200 plain was seen 3 times/)
  })
})
