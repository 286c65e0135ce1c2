import { describe, expect, test } from 'vitest'
import type { Decider } from '../scenario/model.ts'
import { attempt, cell, FAILED, FLAPPING, passed } from './example-run.ts'
import { explainCell } from './sentence.ts'

const denied = cell('s3.c1', 'sleep.foo', 'httpbin.foo:8000', {
  outcome: '403',
  wire: 'mtls',
  by: { kind: 'policy', name: 'deny-get', namespace: 'foo' },
})

describe('the sentence about a cell', () => {
  test('says how often and for how long a pass was seen, and when it was first enforced', () => {
    expect(explainCell(passed({ ...denied, enforcedWithinMs: 2000 }, { timeToEnforceMs: 1234 }))).toMatchInlineSnapshot(
      `"sleep.foo → httpbin.foo:8000 GET /ip was declared 403 mtls by deny-get.foo within 2.0 s and seen so 3 times in 812 ms, enforced 1.2 s after the change (scenarios/mtls.yaml:51:27)"`,
    )
  })

  test('sets what was declared against what was seen, and counts stale answers apart', () => {
    expect(explainCell(FAILED)).toMatchInlineSnapshot(
      `"sleep.legacy → httpbin.foo:8000 GET /ip was declared reset plain by strict, but 200 plain was seen 3 times in 812 ms (after one stale answer), with nothing refusing it [wrong-outcome] (scenarios/mtls.yaml:43:27)"`,
    )
  })

  test('lists every kind of answer of a cell that flapped', () => {
    expect(explainCell(FLAPPING)).toMatchInlineSnapshot(
      `"sleep.legacy → httpbin.bar:8000 GET /ip was declared 200 plain, but 4 questions in 1.2 s established nothing: 200 plain 2 times, no answer [probe-timeout] once, reset plain by strict once: the counted answers contradict each other [flapping] (scenarios/mtls.yaml:44:27)"`,
    )
  })

  test('names what tells the question from others: headers, token, body', () => {
    const one = {
      ...denied,
      question: { ...denied.question, kind: 'http', method: 'GET', path: '/ip', headers: { 'x-user': 'a' } },
    } as const
    expect(explainCell(passed(one))).toContain('sleep.foo → httpbin.foo:8000 GET /ip, x-user: a was declared')
  })

  test('says of a watched cell what it was to turn to, when it did, and what went wrong when', () => {
    const to = { outcome: '401', by: { kind: 'jwt', fault: 'expired' }, sees: [] } as const
    const watch = { overMs: 80_000, everyMs: 2_000, turn: { to, earliestMs: 60_000, latestMs: 70_000 } }
    const served = cell('s3.c3', 'sleep.foo', 'httpbin.foo:8000', { outcome: '200', wire: 'mtls' })
    const watched = { ...passed({ ...served, watch }), turnedAfterMs: 66_056 }
    expect(explainCell(watched)).toMatchInlineSnapshot(
      `"sleep.foo → httpbin.foo:8000 GET /ip was declared 200 mtls for 1 min 20 s, turning to 401 by jwt(expired) between 1 min 00 s and 1 min 10 s after the first question, and seen so in 3 answers, turned after 1 min 06 s (scenarios/mtls.yaml:53:27)"`,
    )
    const cause = { code: 'turned-early', message: 'turned after 12.1 s, declared not before 60.0 s' }
    expect(explainCell({ ...watched, turnedAfterMs: 12_100, verdict: 'fail', cause })).toMatchInlineSnapshot(
      `"sleep.foo → httpbin.foo:8000 GET /ip was declared 200 mtls for 1 min 20 s, turning to 401 by jwt(expired) between 1 min 00 s and 1 min 10 s after the first question, but not seen so in 3 answers, turned after 12.1 s: turned after 12.1 s, declared not before 60.0 s [turned-early] (scenarios/mtls.yaml:53:27)"`,
    )
  })

  test('says that a cell was never asked', () => {
    const cause = { code: 'not-asked', message: 'the run was interrupted' }
    expect(explainCell({ cell: denied, verdict: 'inconclusive', cause, attempts: [] })).toMatchInlineSnapshot(
      `"sleep.foo → httpbin.foo:8000 GET /ip was declared 403 mtls by deny-get.foo, but it was never asked: the run was interrupted [not-asked] (scenarios/mtls.yaml:51:27)"`,
    )
  })

  test('names texts that the answer lacked', () => {
    const seen = { outcome: '200', wire: 'mtls', missing: ['X-User'] } as const
    const one = cell('s3.c2', 'sleep.foo', 'httpbin.foo:8000', { outcome: '200', wire: 'mtls', sees: ['X-User'] })
    const cause = { code: 'text-missing', message: 'the answer lacks what it must contain' }
    expect(explainCell({ cell: one, verdict: 'fail', observed: seen, cause, attempts: [attempt(1, seen)] })).toMatchInlineSnapshot(
      `"sleep.foo → httpbin.foo:8000 GET /ip was declared 200 mtls, but 200 mtls without "X-User" was seen once, with nothing refusing it: the answer lacks what it must contain [text-missing] (scenarios/mtls.yaml:52:27)"`,
    )
  })

  test.each<[Decider | undefined, string]>([
    [{ kind: 'policy', name: 'deny-get', namespace: 'foo' }, 'decided by the policy deny-get.foo'],
    [{ kind: 'no-allow' }, 'refused because no ALLOW policy matched'],
    [{ kind: 'strict' }, 'cut off because the server takes mutual TLS only'],
    [{ kind: 'jwt', fault: 'expired' }, 'refused for its token (expired)'],
    [{ kind: 'ext-authz', provider: 'opa' }, 'refused by the external authorizer opa'],
    [{ kind: 'ext-authz-error' }, 'refused because the external authorizer gave no answer'],
    [{ kind: 'bad-provider' }, 'refused because the policy names a provider that the mesh does not know'],
    [{ kind: 'app' }, 'answered by the application itself'],
    [undefined, 'with nobody known to have decided it'],
  ])('says who decided: %j', (by, words) => {
    const seen = { outcome: '401', by } as const
    const cause = { code: 'wrong-outcome', message: 'it differs' }
    const text = explainCell({ cell: denied, verdict: 'fail', observed: seen, cause, attempts: [attempt(1, seen)] })
    expect(text).toContain(`but 401 was seen once, ${words} [wrong-outcome]`)
  })
})
