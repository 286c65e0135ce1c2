import { expect, test } from 'vitest'
import { EventQueue } from './event-queue.ts'
import type { RunEvent } from './events.ts'

test('events are held until the queue is opened, and come at once from then on', () => {
  const seen: RunEvent[] = []
  const queue = new EventQueue((event) => seen.push(event))
  const start = (id: string): RunEvent => ({ kind: 'run-start', id, scenarios: [] })
  queue.put(start('1'))
  queue.put(start('2'))
  expect(seen).toEqual([])
  queue.open()
  queue.put(start('3'))
  queue.open()
  expect(seen.map((event) => 'id' in event && event.id)).toEqual(['1', '2', '3'])
})
