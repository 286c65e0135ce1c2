import { expect, test } from 'vitest'
import { readAnswer } from './question.ts'

const TCP = { kind: 'tcp', line: 'port' } as const
const HTTP = { kind: 'http', method: 'GET', path: '/', headers: {} } as const
const answer = (exit: number, { status = 0, text = '' } = {}) => ({ exit, status, text, body: '', localPort: 21_000 })

// curl's exit codes, from its manual.
test.each([
  [0, 'hello port mp-1', 'echo'],
  [0, '', 'closed'],
  [55, '', 'closed'],
  [56, '', 'closed'],
  [56, 'hello port mp-1', 'echo'],
  [0, 'hello', 'foreign-reply'],
  [7, '', 'connect-refused'],
  [28, '', 'probe-timeout'],
  [45, '', 'local-port-busy'],
  [1, '', 'answer-broken'],
])('a TCP probe with exit %i and the reply "%s" is %s', (exit, text, word) => {
  const reading = readAnswer(TCP, answer(exit, { text }), 'mp-1')
  expect(reading.kind === 'outcome' ? reading.outcome : reading.code).toBe(word)
})

test.each([
  [0, 403, '403'],
  [52, 0, 'reset'],
  [56, 0, 'reset'],
  [56, 200, 'answer-broken'],
  [35, 0, 'tls-failed'],
  [6, 0, 'dns-failure'],
  [0, 0, 'answer-broken'],
])('an HTTP probe with exit %i and status %i is %s', (exit, status, word) => {
  const reading = readAnswer(HTTP, answer(exit, { status }), 'mp-1')
  expect(reading.kind === 'outcome' ? reading.outcome : reading.code).toBe(word)
})
