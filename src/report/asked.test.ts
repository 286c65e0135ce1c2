import { expect, test } from 'vitest'
import { askedBy, formatAsked, formatQuestion } from './asked.ts'
import { cell } from './example-run.ts'

test('a question names headers, token and body', () => {
  const token = { kind: 'expired', claims: { sub: 'a' } } as const
  const question = { kind: 'http', method: 'POST', path: '/post', headers: { 'x-token': 'guest' }, token, body: 'é' } as const
  expect(formatQuestion(question)).toMatchInlineSnapshot(
    `"POST /post, x-token: guest, token expired {"claims":{"sub":"a"}}, body of 2 bytes"`,
  )
})

test('a gateway is named with the host that it is asked for', () => {
  const one = cell('s1.c1', 'sleep.foo', 'httpbin.foo:80', { outcome: '200' })
  const to = {
    kind: 'gateway',
    name: 'ingress',
    namespace: 'istio-ingress',
    port: 80,
    host: 'a.example',
    behind: { app: 'httpbin', namespace: 'foo', port: 8000, text: 'httpbin.foo:8000' },
    text: 'gateway/ingress:80',
  } as const
  expect(formatAsked(askedBy({ ...one, to }))).toBe('sleep.foo → gateway/ingress:80 (a.example) GET /ip')
})
