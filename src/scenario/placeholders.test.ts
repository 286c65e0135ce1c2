import { expect, test } from 'vitest'
import { fillPlaceholders } from './placeholders.ts'

const values = { jwks: '{"keys":[]}', issuer: 'me@here', run: 'r1' }

test('every text of a manifest is filled, at any depth, and its keys are not', () => {
  const manifest = {
    spec: { rules: [{ issuer: '{{issuer}}', jwks: '{{ jwks }}', from: ['{{issuer}}/{{issuer}}'] }], '{{run}}': 1, on: true },
  }
  expect(fillPlaceholders(manifest, values)).toEqual({
    spec: { rules: [{ issuer: 'me@here', jwks: '{"keys":[]}', from: ['me@here/me@here'] }], '{{run}}': 1, on: true },
  })
})

test('what is no placeholder stays as it is', () => {
  const text = '{{ request.object.name }} {{"a"}} { {issuer} } {{other}} $& {{run}}'
  expect(fillPlaceholders(text, { ...values, run: '$&' })).toBe('{{ request.object.name }} {{"a"}} { {issuer} } {{other}} $& $&')
})
