import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { textSink } from './example-run.ts'
import { consoleProgress } from './progress.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

test('plain progress has a line at each start and end, and a heartbeat every 30 seconds of a long step', () => {
  const sink = textSink()
  const progress = consoleProgress({ stream: sink, tty: false })
  progress({ kind: 'start', title: 'install Istio' })
  vi.advanceTimersByTime(29_000)
  progress({ kind: 'count', title: 'install Istio', done: 1, of: 3, detail: 'istiod' })
  progress({ kind: 'note', text: 'no registry answers: images are built' })
  vi.advanceTimersByTime(40_000)
  progress({ kind: 'end', title: 'install Istio', ms: 69_000 })
  progress({ kind: 'start', title: 'load images' })
  progress({ kind: 'end', title: 'load images', ms: 3, skipped: 'all are there' })
  vi.advanceTimersByTime(120_000)
  expect(`\n${sink.text()}`).toMatchInlineSnapshot(`
    "
      … install Istio
        no registry answers: images are built
      … install Istio, still running after 30.0 s, 1 of 3 (istiod)
      … install Istio, still running after 1 min 00 s, 1 of 3 (istiod)
      ✓ install Istio · 1 min 09 s
      … load images
      ✓ load images · all are there
    "
  `)
})

test('closing says which steps did not finish, and beats no more', () => {
  const sink = textSink()
  const progress = consoleProgress({ stream: sink, tty: false, unicode: false })
  progress({ kind: 'start', title: 'make the cluster' })
  vi.advanceTimersByTime(4000)
  progress.close()
  vi.advanceTimersByTime(120_000)
  expect(`\n${sink.text()}`).toMatchInlineSnapshot(`
    "
      ... make the cluster
      x make the cluster - not finished after 4.0 s
    "
  `)
})

test('on a terminal the running step has a bar and its time, redrawn in place', () => {
  const sink = textSink(100)
  const progress = consoleProgress({ stream: sink, tty: true, colour: false })
  progress({ kind: 'start', title: 'load images' })
  progress({ kind: 'count', title: 'load images', done: 3, of: 12, detail: 'istio/proxyv2' })
  vi.advanceTimersByTime(2000)
  const frames = sink.text().split('\u001b[1A\r\u001b[0J')
  expect(frames.at(-1)).toBe('  ⠋ load images █████░░░░░░░░░░░░░░░, 3 of 12 (istio/proxyv2) · 2.0 s\n')
  progress({ kind: 'end', title: 'load images', ms: 2000 })
  progress.close()
  expect(sink.text().split('\u001b[0J').at(-1)).toBe('  ✓ load images · 2.0 s\n')
})
