import { expect, it } from 'vitest'
import { proberPlans } from './prober-plan.ts'
import { readStandingSet } from './standing-set.ts'

const set = await readStandingSet()

it('every pair is asked by the prober of its own namespace, over kept connections and over fresh ones', () => {
  const plans = [...proberPlans({ pairs: set.pairs, bearers: new Map() })].map(([namespace, text]) => [
    namespace,
    JSON.parse(text).pairs.length,
  ])
  expect(plans).toEqual([
    ['mp-upgrade-a', 3],
    ['mp-upgrade-b', 10],
    ['mp-upgrade-out', 3],
  ])
})

it('a pair is asked with its headers and its token, and each lane at least five times a second', () => {
  const pair = set.pairs.find(({ cell: { question } }) => question.kind === 'http' && question.token?.kind === 'valid')
  if (!pair) throw new Error('the standing set has no pair with a token')
  const plan = JSON.parse(proberPlans({ pairs: [pair], bearers: new Map([[pair.id, 'abc']]) }).get('mp-upgrade-b') ?? '{}')
  expect(plan.everyMs).toBeLessThanOrEqual(200)
  expect(plan.pairs).toEqual([
    {
      id: pair.id,
      kind: 'http',
      to: 'echo.mp-upgrade-a:8080',
      fresh: 'echo-fresh.mp-upgrade-a:8080',
      path: '/token',
      headers: { Authorization: 'Bearer abc' },
    },
  ])
})

it('the standing set holds every kind of guarantee', () => {
  const by = new Set(set.pairs.flatMap(({ cell: { declared } }) => declared.by?.kind ?? []))
  expect([...by].sort()).toEqual(['ext-authz', 'jwt', 'no-allow', 'policy', 'strict'])
  expect(set.pairs.length).toBeGreaterThanOrEqual(10)
  expect(new Set(set.pairs.map(({ cell }) => cell.question.kind))).toEqual(new Set(['http', 'tcp']))
})
