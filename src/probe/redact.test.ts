import { expect, test } from 'vitest'
import { redact, redactSecrets } from './redact.ts'

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

test('of what a cluster tells no credential and no private part of a key or certificate stays', () => {
  const pem = '-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----'
  const secrets = [
    ['Bearer c2VjcmV0LXRva2Vu', 'Bearer [redacted]'],
    ['"authorization": "Basic dXNlcjpwYXNz"', '"authorization": "Basic [redacted]"'],
    [pem, '[redacted]'],
    [JSON.stringify({ key: pem }), '{"key":"[redacted]"}'],
    ['-----BEGIN PRIVATE KEY-----\ncut o', '[redacted]'],
    ['{"kty":"RSA","n":"publicpublicpublic","d":"privateprivateprivate"}', '{"kty":"RSA","n":"publicpublicpublic","d":"[redacted]"}'],
    [JSON.stringify('{"d":"privateprivateprivate"}'), JSON.stringify('{"d":"[redacted]"}')],
    [`x ${JWT} y`, 'x $TOKEN y'],
  ] as const
  for (const [before, after] of secrets) expect(redactSecrets(before)).toBe(after)
})

test('certificates and public keys stay', () => {
  const certificate = '-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----'
  expect(redactSecrets(certificate)).toBe(certificate)
})
