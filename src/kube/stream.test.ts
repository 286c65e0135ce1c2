import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatError } from '../error.ts'
import type { ExecStream, PodRef } from './cluster.ts'
import { openExecSocket } from './exec-socket.ts'
import { type ExecSession, type FakeApiServer, startFakeApiServer } from './fake-api-server.ts'
import { openStream } from './stream.ts'

const pod: PodRef = { namespace: 'foo', pod: 'sleep-1', container: 'sleep' }
const never = new AbortController().signal

let server: FakeApiServer
beforeEach(async () => {
  server = await startFakeApiServer()
})
afterEach(() => server.close())

interface Opened {
  readonly stream: ExecStream
  readonly session: ExecSession
  readonly out: string[]
  /** What the server received, channel by channel. */
  readonly received: string[]
}

async function open({
  signal = never,
  onStdout,
}: {
  signal?: AbortSignal
  onStdout?: (chunk: Buffer) => Promise<void>
} = {}): Promise<Opened> {
  const out: string[] = []
  const received: string[] = []
  const begun = new Promise<ExecSession>((resolve) => {
    server.onExec = (session) => {
      session.onData((channel, data) => received.push(`${channel}:${channel === 255 ? data[0] : data}`))
      resolve(session)
    }
  })
  const stream = await openStream(server.cluster, pod, ['sh'], {
    onStdout: onStdout ?? ((chunk) => void out.push(String(chunk))),
    onStderr: (chunk) => void out.push(`err ${chunk}`),
    signal,
    deadlineMs: 5_000,
  })
  return { stream, session: await begun, out, received }
}

test('lines go to the process as they are written, and its answers come as they are', async () => {
  const { stream, session, out, received } = await open()
  stream.write('first\n')
  stream.write('second\n')
  await expect.poll(() => received).toEqual(['0:first\n', '0:second\n'])
  session.send(1, 'a')
  session.send(2, 'b')
  await expect.poll(() => out).toEqual(['a', 'err b'])
  stream.close()
})

test("the process's own end is an exit; nothing comes after it and nothing can be written", async () => {
  const { stream, session, out } = await open()
  session.exit(3)
  session.send(1, 'late')
  expect(await stream.ended).toEqual({ kind: 'exit', code: 3 })
  expect(() => stream.write('x')).toThrow('cannot be written to')
  await expect.poll(() => session.socket.readyState).toBe(session.socket.CLOSED)
  expect(out).toEqual([])
})

test('a cut link is lost', async () => {
  const { stream, session } = await open()
  session.socket.terminate()
  expect(await stream.ended).toEqual({ kind: 'lost', reason: 'closed without a status (1006)' })
  const writing = (): void => stream.write('x')
  expect(writing).toThrow(expect.objectContaining({ code: 'exec-link-lost', seen: 'closed without a status (1006)' }))
})

test('a failure that is no exit is lost, in the words of the server', async () => {
  const { stream, session } = await open()
  session.fail('container sleep is not running')
  expect(await stream.ended).toEqual({ kind: 'lost', reason: 'container sleep is not running' })
})

test('closing ends stdin first, so that the process ends too', async () => {
  const { stream, received } = await open()
  stream.write('last\n')
  stream.close()
  expect(await stream.ended).toEqual({ kind: 'closed-by-us' })
  await expect.poll(() => received).toEqual(['0:last\n', '255:0'])
})

test('an abort closes it', async () => {
  const abort = new AbortController()
  const { stream, session } = await open({ signal: abort.signal })
  abort.abort(new Error('interrupted'))
  expect(await stream.ended).toEqual({ kind: 'closed-by-us' })
  await expect.poll(() => session.socket.readyState).toBe(session.socket.CLOSED)
})

test('the first end counts', async () => {
  const { stream, session } = await open()
  session.exit(0)
  session.exit(9)
  session.socket.terminate()
  expect(await stream.ended).toEqual({ kind: 'exit', code: 0 })
})

test('a slow reader holds the pod back, and loses nothing', async () => {
  let taken = 0
  let release: () => void = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const { stream, session } = await open({
    onStdout: (chunk) => {
      taken += chunk.length
      return held
    },
  })
  const chunk = Buffer.alloc(256 * 1024)
  for (let i = 0; i < 200; i += 1) session.send(1, chunk)
  await expect.poll(() => taken).toBeGreaterThan(0)
  // What the kernel's buffers cannot hold stays with the sender for as long as the reader is busy.
  await expect.poll(() => session.socket.bufferedAmount).toBeGreaterThan(chunk.length)
  expect(taken).toBeLessThan(100 * chunk.length)
  release()
  await expect.poll(() => taken, { timeout: 10_000 }).toBe(200 * chunk.length)
  session.exit(0)
  expect(await stream.ended).toEqual({ kind: 'exit', code: 0 })
})

test('a server that never answers meets the deadline of connecting', async () => {
  const net = await import('node:net')
  const silent = net.createServer()
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as { port: number }
  const { config } = server.cluster
  config.clusters = [{ name: 'fake', server: `http://127.0.0.1:${port}`, skipTLSVerify: true }]
  const opening = openStream(server.cluster, pod, ['sh'], { onStdout: () => {}, onStderr: () => {}, signal: never, deadlineMs: 200 })
  expect(await opening.then(() => 'opened', formatError)).toMatchInlineSnapshot(
    `"an exec into sleep-1.foo/sleep did not open within 0.2 s [exec-timeout]"`,
  )
  silent.close()
})

test('an idle link is kept awake with pings; one that answers none is lost', async () => {
  const sink = { onStdout: () => {}, onStderr: () => {} }
  let pings = 0
  server.onExec = ({ socket }) => socket.on('ping', () => pings++)
  const idle = await openExecSocket(server.cluster, pod, ['sh'], { ...sink, stdin: true, signal: never, deadlineMs: 5_000, pingMs: 500 })
  await expect.poll(() => pings).toBeGreaterThan(2)
  idle.close()
  expect(await idle.ended).toEqual({ kind: 'closed-by-us' })

  // The peer stops reading, as a pod's node does that has vanished: its kernel takes the pings, nobody answers them.
  server.onExec = ({ socket }) => socket.pause()
  const dead = await openExecSocket(server.cluster, pod, ['sh'], { ...sink, stdin: true, signal: never, deadlineMs: 5_000, pingMs: 500 })
  expect(await dead.ended).toEqual({ kind: 'lost', reason: 'no sign of life for 1 s' })
})
