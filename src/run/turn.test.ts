import { expect, test } from 'vitest'
import { Turn } from './turn.ts'

test('turns come one after the other, in the order in which they were asked for', async () => {
  const turn = new Turn()
  const order: string[] = []
  const worker = async (name: string) => {
    const end = await turn.take()
    order.push(`${name} begins`)
    await new Promise((resolve) => setImmediate(resolve))
    order.push(`${name} ends`)
    end()
  }
  await Promise.all([worker('a'), worker('b'), worker('c')])
  expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
})

test('a turn that was ended early stays ended: ending it again takes nobody else off', async () => {
  const turn = new Turn()
  const endFirst = await turn.take()
  endFirst()
  await turn.take()
  endFirst()
  let third = false
  void turn.take().then(() => {
    third = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(third).toBe(false)
})
