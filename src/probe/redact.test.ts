import { expect, test } from 'vitest'
import { redact } from './redact.ts'

const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ0ZXN0aW5nIn0.c2lnbmF0dXJl'

test('the token that was sent goes, whatever it looks like', () => {
  expect(redact('a not-a-token and not-a-token', 'not-a-token')).toBe('a $TOKEN and $TOKEN')
})

test('what looks like a JWT goes too, signed or not', () => {
  expect(redact(`{"authorization":"Bearer ${JWT}"}`, undefined)).toBe('{"authorization":"Bearer $TOKEN"}')
  expect(redact(`x ${JWT.slice(0, JWT.lastIndexOf('.') + 1)} y`, undefined)).toBe('x $TOKEN y')
})

test('other text stays', () => {
  expect(redact('{"eyJ":"a.b.c"} v1.2.3', undefined)).toBe('{"eyJ":"a.b.c"} v1.2.3')
})
