import { expect, test } from 'vitest'
import { formatMs } from './duration.ts'
import { createLook, showsUnicode } from './look.ts'

test.each([
  [{}, true],
  [{ LANG: 'C.UTF-8' }, true],
  [{ LC_ALL: 'POSIX', LANG: 'de_DE.UTF-8' }, false],
  [{ LC_ALL: '', LANG: 'de_DE.utf8' }, true],
  [{ TERM: 'linux', LANG: 'C.UTF-8' }, false],
])('a terminal with %j shows more than ASCII: %s', (env, shows) => {
  expect(showsUnicode(env)).toBe(shows)
})

test('our own signs have an ASCII form, other text stays', () => {
  expect(createLook({ colour: false, unicode: false }).text('a → b · … é')).toBe('a -> b - ... é')
})

test.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [1449, '1.4 s'],
  [59_949, '59.9 s'],
  [59_950, '1 min 00 s'],
  [125_000, '2 min 05 s'],
  [3_600_000, '60 min 00 s'],
])('%d ms read as %s', (ms, text) => {
  expect(formatMs(ms)).toBe(text)
})
