import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatError } from '../error.ts'
import type { PodRef } from './cluster.ts'
import { exec } from './exec.ts'
import { type ExecSession, type FakeApiServer, startFakeApiServer } from './fake-api-server.ts'

const pod: PodRef = { namespace: 'foo', pod: 'sleep-1', container: 'sleep' }
const { signal } = new AbortController()

let server: FakeApiServer
beforeEach(async () => {
  server = await startFakeApiServer()
})
afterEach(() => server.close())

const run = (
  script: (session: ExecSession) => void,
  options: { stdin?: string | Buffer; deadlineMs?: number; signal?: AbortSignal } = {},
) => {
  server.onExec = script
  return exec(server.cluster, pod, ['sh', '-c', 'a b'], { signal, deadlineMs: 5_000, ...options })
}
const errorOf = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'no error', formatError)

test('output, errors and exit code come back, and the command goes over as it is', async () => {
  const result = await run((session) => {
    session.send(1, 'out ')
    session.send(2, 'err')
    session.send(1, session.argv.join('|'))
    session.exit(7)
  })
  expect(result).toEqual({ code: 7, stdout: 'out sh|-c|a b', stderr: 'err' })
  expect(server.seen.at(-1)).toMatchInlineSnapshot(
    `"EXEC /api/v1/namespaces/foo/pods/sleep-1/exec?container=sleep&stdin=false&stdout=true&stderr=true&tty=false&command=sh&command=-c&command=a+b"`,
  )
})

test('success is 0', async () => {
  expect(await run((session) => session.exit(0))).toEqual({ code: 0, stdout: '', stderr: '' })
})

test('a character split over two frames is one character', async () => {
  const [first, second] = [Buffer.from('ü').subarray(0, 1), Buffer.from('ü').subarray(1)]
  const result = await run((session) => {
    session.send(1, first)
    session.send(1, second)
    session.exit(0)
  })
  expect(result.stdout).toBe('ü')
})

test('stdin goes over whole, then ends, and the output after that still comes', async () => {
  const stdin = Buffer.alloc(100_000, 'x')
  const result = await run(
    (session) => {
      let bytes = 0
      session.onData((channel, data) => {
        if (channel === 0) bytes += data.length
        if (channel !== 255) return
        session.send(1, `${bytes} then CLOSE ${data[0]}`)
        session.exit(0)
      })
    },
    { stdin },
  )
  expect(result.stdout).toBe('100000 then CLOSE 0')
})

test('a process that ends before it read its stdin is a result', async () => {
  const result = await run((session) => session.exit(2), { stdin: Buffer.alloc(1_000_000) })
  expect(result.code).toBe(2)
})

test('a server that cannot end stdin is named instead of hanging', async () => {
  server.protocols = ['v4.channel.k8s.io']
  expect(await errorOf(run(() => {}, { stdin: 'x' }))).toMatchInlineSnapshot(`
    "the API server cannot end the stdin of an exec [exec-protocol]
      expected: v5.channel.k8s.io (Kubernetes 1.30 or newer)
      seen:     v4.channel.k8s.io"
  `)
})

test('without stdin the older protocol serves', async () => {
  server.protocols = ['v4.channel.k8s.io']
  expect((await run((session) => session.exit(3))).code).toBe(3)
})

test('a link that is cut is no exit', async () => {
  const text = await errorOf(
    run((session) => {
      session.send(1, 'half')
      session.socket.terminate()
    }),
  )
  expect(text).toMatchInlineSnapshot(`
    "sh in sleep-1.foo/sleep lost its link [exec-link-lost]
      seen:     closed without a status (1006)"
  `)
})

test('a clean close without a status is no exit', async () => {
  expect(await errorOf(run((session) => session.socket.close(1000, 'bye')))).toMatchInlineSnapshot(`
    "sh in sleep-1.foo/sleep lost its link [exec-link-lost]
      seen:     closed without a status (1000 bye)"
  `)
})

test('a status that is no exit is an infrastructure error', async () => {
  expect(await errorOf(run((session) => session.fail('container not running')))).toMatchInlineSnapshot(`
    "sh in sleep-1.foo/sleep could not be run [exec-failed]
      seen:     container not running"
  `)
})

test('a status that is no JSON is an infrastructure error', async () => {
  expect(await errorOf(run((session) => session.send(3, 'garbage')))).toContain('garbage')
})

test("a refused exec tells the API server's own words", async () => {
  server.refuseExec = { code: 403, message: 'pods "sleep-1" is forbidden: User "x" cannot create resource "pods/exec"' }
  expect(await errorOf(run(() => {}))).toMatchInlineSnapshot(`
    "the API server refused an exec into sleep-1.foo/sleep [exec-refused]
      seen:     403: pods "sleep-1" is forbidden: User "x" cannot create resource "pods/exec""
  `)
})

test('late data, CLOSE frames, unknown channels and empty messages do no harm', async () => {
  const result = await run((session) => {
    session.send(255, Buffer.from([1]))
    session.send(9, 'later version')
    session.socket.send(Buffer.alloc(0))
    session.send(1, 'out')
    session.exit(0)
    session.send(1, 'late')
    session.send(3, 'late')
    session.send(255, Buffer.from([2]))
  })
  expect(result).toEqual({ code: 0, stdout: 'out', stderr: '' })
})

test('a process that does not end meets the deadline, with what it wrote so far', async () => {
  let closed = false
  const text = await errorOf(
    run(
      (session) => {
        session.socket.on('close', () => {
          closed = true
        })
        session.send(1, 'begun')
      },
      { deadlineMs: 300 },
    ),
  )
  expect(text).toMatchInlineSnapshot(`
    "sh in sleep-1.foo/sleep did not end within 0.3 s [exec-timeout]
      seen:     begun"
  `)
  await expect.poll(() => closed).toBe(true)
})

test("an abort ends it with the abort's own reason", async () => {
  const abort = new AbortController()
  const reason = new Error('interrupted')
  const running = run(() => abort.abort(reason), { signal: abort.signal })
  await expect(running).rejects.toBe(reason)
})

test('an abort before it began opens nothing', async () => {
  await expect(run(() => {}, { signal: AbortSignal.abort(new Error('early')) })).rejects.toThrow('early')
  expect(server.seen).toEqual([])
})

test('a thousand frames come in order', async () => {
  const result = await run((session) => {
    for (let i = 0; i < 1000; i += 1) session.send(1, `${i}\n`)
    session.exit(0)
  })
  expect(result.stdout.trimEnd().split('\n').map(Number)).toEqual(Array.from({ length: 1000 }, (_, i) => i))
})

test('execs at the same time do not mix', async () => {
  server.onExec = async (session) => {
    await sleep(Math.random() * 20)
    session.send(1, session.argv.join(' '))
    session.exit(0)
  }
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, i) => exec(server.cluster, pod, ['echo', `${i}`], { signal, deadlineMs: 5_000 })),
  )
  expect(all.map(({ stdout }) => stdout)).toEqual(all.map((_, i) => `echo ${i}`))
})
