import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { textSink } from './example-run.ts'
import { liveArea } from './live.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('a line that would wrap or break is made one that can be taken away', () => {
  const sink = textSink(12)
  const live = liveArea(sink, () => ['two\nlines \u001b[2J of text', 'short'])
  vi.advanceTimersByTime(100)
  live.close()
  expect(sink.text()).toBe('two lines  \nshort\n\u001b[2A\r\u001b[0J')
})

test('what is printed stands above the live lines and stays', () => {
  const sink = textSink()
  const live = liveArea(sink, () => ['running'])
  live.print(['first'])
  live.print(['second'])
  live.close()
  expect(sink.text()).toBe('first\nrunning\n\u001b[1A\r\u001b[0Jsecond\nrunning\n\u001b[1A\r\u001b[0J')
})

test('nothing is written while nothing runs', () => {
  const sink = textSink()
  const live = liveArea(sink, () => [])
  vi.advanceTimersByTime(1000)
  live.close()
  expect(sink.text()).toBe('')
})
