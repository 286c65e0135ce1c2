import { expect, test } from 'vitest'
import { nearestOf, suggest } from './suggest.ts'

test.each([
  ['tabel', 'table'],
  ['htpp', 'http'],
  ['HTTP', 'http'],
  ['strickt', 'strict'],
  ['expcet', 'expect'],
])('%s is taken for %s', (word, meant) => {
  expect(nearestOf(word, ['http', 'tcp', 'table', 'strict', 'expect'])).toBe(meant)
})

test('what is far from everything is taken for nothing', () => {
  expect(suggest('kubernetes', ['http', 'tcp', 'table'])).toBeUndefined()
  expect(suggest('', ['a'])).toBe('did you mean `a`?')
})

test('the first of equally near words is taken', () => {
  expect(suggest('bat', ['cat', 'hat'])).toBe('did you mean `cat`?')
})
