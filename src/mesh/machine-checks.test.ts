import { expect, test } from 'vitest'
import { judgeInotify, judgeProcessors, judgeSpace } from './machine-checks.ts'

const bounds = { enough: 15e9, least: 5e9 }

test.each([
  [15e9, { state: 'ok', seen: '15.0 GB free' }],
  [5e9, { state: 'warn', seen: '5.0 GB free, of 15.0 GB that are wanted', next: 'free some disk' }],
  [4.9e9, { state: 'fail', seen: '4.9 GB free, of 15.0 GB that are wanted', next: 'free some disk' }],
])('%d bytes of disk', (free, expected) => {
  expect(judgeSpace('disk', free, bounds)).toEqual(expected)
})

test('one processor is a warning, two are enough', () => {
  expect([judgeProcessors(1).state, judgeProcessors(2).state]).toEqual(['warn', 'ok'])
})

test('few inotify instances are a warning that says what to set', () => {
  expect(judgeInotify(512).state).toBe('ok')
  expect(judgeInotify(128)).toMatchObject({ state: 'warn', next: 'sysctl fs.inotify.max_user_instances=512' })
})
