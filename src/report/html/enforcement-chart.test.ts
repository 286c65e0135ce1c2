import { expect, test } from 'vitest'
import { renderEnforcement } from './enforcement-chart.ts'
import { fullSet, richRecord } from './example-record.ts'

const rich = richRecord()
const [scenario] = rich.scenarios
const [, busy] = scenario?.steps ?? []
if (!scenario || !busy) throw new Error('the example has a busy step')

test('the median and the slowest step are said in words', () => {
  const steps = [500, 100, 300].map((timeToEnforceMs, index) => ({ ...busy, verdict: 'pass' as const, index, timeToEnforceMs }))
  const { text } = renderEnforcement({ ...rich, scenarios: [{ ...scenario, steps }] }) ?? { text: '' }
  expect(text).toContain(
    '<p class="lead">3 steps changed what must happen: enforced after 300 ms in the median, 500 ms at the slowest (A scenario by the name of rich, step 1).</p>',
  )
})

test('a step that did not end as declared counts for no time to enforce', () => {
  const leadOf = (verdicts: readonly ('pass' | 'fail')[]) => {
    const steps = verdicts.map((verdict, index) => ({ ...busy, verdict, index, timeToEnforceMs: (index + 1) * 100 }))
    return /class="lead">([^<]*)/.exec(renderEnforcement({ ...rich, scenarios: [{ ...scenario, steps }] })?.text ?? '')?.[1]
  }
  expect([leadOf(['pass', 'fail']), leadOf(['fail'])]).toEqual([
    '2 steps changed what must happen, 1 ended as declared: enforced after 100 ms.',
    '1 step changed what must happen; none ended as declared.',
  ])
})

test('a column is as high as its slowest cell, and the axis holds the highest', () => {
  const steps = [1000, 500].map((timeToEnforceMs, index) => ({ ...busy, index, timeToEnforceMs, settleMs: 250 }))
  const { text } = renderEnforcement({ ...rich, scenarios: [{ ...scenario, steps }] }) ?? { text: '' }
  expect(
    [...text.matchAll(/class="column fail" x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"/g)].map(([, y, height]) => [y, height]),
  ).toEqual([
    ['12', '164'],
    ['94', '82'],
  ])
})

test('every step with a time has a column and a row of the table', () => {
  const { text } = renderEnforcement(fullSet()) ?? { text: '' }
  expect([text.match(/class="column (pass|fail)" x=/g)?.length, text.match(/<th scope="row">/g)?.length]).toEqual([100, 100])
})

test('there is no chart where nothing had to be enforced', () => {
  const steps = scenario.steps.map((step) => ({ ...step, timeToEnforceMs: undefined }))
  expect(renderEnforcement({ ...rich, scenarios: [{ ...scenario, steps }] })).toBeUndefined()
})
