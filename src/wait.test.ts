import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { waitFor } from './wait.ts'

const never = new AbortController().signal

test('a deadline passes even when the garbage is collected meanwhile', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const waiting = waitFor({
    what: 'the pod is ready',
    deadlineMs: 400,
    everyMs: 20,
    signal: never,
    look: async () => {
      collect()
      return { seen: 'pod is Pending' }
    },
  })
  await expect(waiting).rejects.toMatchObject({ code: 'timed-out', message: 'the pod is ready: not within 0.4 s', seen: 'pod is Pending' })
}, 3_000)

test('an error of a look is kept as the cause', async () => {
  const cause = new Error('connection refused')
  const look = async (): Promise<never> => {
    throw cause
  }
  await expect(waitFor({ what: 'it answers', deadlineMs: 50, everyMs: 5, signal: never, look })).rejects.toMatchObject({
    seen: 'connection refused',
    cause,
  })
})

test('an abort ends the wait with its reason', async () => {
  const outer = new AbortController()
  const reason = new Error('interrupted')
  const waiting = waitFor({ what: 'it', deadlineMs: 10_000, everyMs: 5, signal: outer.signal, look: async () => ({ seen: 'nothing' }) })
  outer.abort(reason)
  await expect(waiting).rejects.toBe(reason)
})
