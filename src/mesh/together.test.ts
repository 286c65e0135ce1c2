import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { together } from './together.ts'

const never = new AbortController().signal

test('gives every result in the order of the works', async () => {
  const results = await together<[number, string]>(never, [async () => pause(20, 1), async () => 'two'])
  expect(results).toEqual([1, 'two'])
})

test('the first failure ends the others, is what is thrown, and nothing runs on', async () => {
  const first = new Error('no space left')
  const seen: string[] = []
  const slow = async (signal: AbortSignal): Promise<void> => {
    await pause(60_000, undefined, { signal }).catch(() => pause(20))
    seen.push('slow is over')
    throw new Error('aborted')
  }
  const quick = async (): Promise<void> => {
    throw first
  }
  await expect(together<[unknown, unknown]>(never, [slow, quick])).rejects.toBe(first)
  expect(seen).toEqual(['slow is over'])
})

test('an outer abort reaches the works', async () => {
  const outer = new AbortController()
  const ended = together<[unknown]>(outer.signal, [(signal) => pause(60_000, undefined, { signal })])
  outer.abort(new Error('interrupted'))
  await expect(ended).rejects.toThrow('aborted')
})
