import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatError } from '../error.ts'
import { type ExecSession, type FakeApiServer, startFakeApiServer } from '../kube/fake-api-server.ts'
import { askForwarded } from './forward.ts'
import type { HttpRequest } from './question.ts'

const { signal } = new AbortController()
let server: FakeApiServer
let heard: string
beforeEach(async () => {
  server = await startFakeApiServer()
  heard = ''
})
afterEach(() => server.close())

/** The pod's side: answers each request with this text and ends the connection. */
function answer(text: string, end: (session: ExecSession) => void = ({ socket }) => socket.close(1000)): void {
  server.onExec = (session) => {
    const port = Buffer.from([8080 % 256, 8080 >> 8])
    session.send(0, port)
    session.send(1, port)
    session.onData((_, data) => {
      heard += String(data)
      if (!heard.includes('\r\n\r\n')) return
      if (text !== '') session.send(0, text)
      end(session)
    })
  }
}

function ask(request: Partial<HttpRequest> = {}, deadlineMs = 2_000) {
  const whole = { method: 'GET', url: 'http://localhost:8080/headers?a=b', headers: { 'x-meshproof': 'mp-1' }, ...request }
  const pod = { namespace: 'foo', name: 'httpbin-1' }
  return askForwarded(server.cluster, { pod, port: 8080, request: whole, reads: true, deadlineMs, signal })
}

test('a request arrives as curl would send it, and its answer comes with head and body', async () => {
  answer('HTTP/1.1 404 Not Found\r\nX-A: b\r\nConnection: close\r\n\r\nnothing here')
  expect(await ask({ method: 'POST', body: 'a=b' })).toEqual({
    exit: 0,
    status: 404,
    localPort: 0,
    text: '',
    body: 'HTTP/1.1 404 Not Found\r\nX-A: b\r\nConnection: close\r\n\r\nnothing here',
  })
  expect(heard.split('\r\n')).toMatchInlineSnapshot(`
    [
      "POST /headers?a=b HTTP/1.1",
      "Host: localhost:8080",
      "Accept: */*",
      "Content-Type: application/x-www-form-urlencoded",
      "Content-Length: 3",
      "x-meshproof: mp-1",
      "Connection: close",
      "",
      "a=b",
    ]
  `)
})

test('a connection that ends without an answer is what curl calls 52', async () => {
  answer('')
  expect(await ask()).toMatchObject({ exit: 52, status: 0 })
})

test('an answer that ends early is a partial one', async () => {
  answer('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')
  expect(await ask()).toMatchObject({ exit: 18, status: 200 })
})

test('a port that nobody listens at is what curl calls 7', async () => {
  server.onExec = (session) => {
    session.send(1, Buffer.from([0, 0]))
    session.send(1, 'error forwarding port: dial tcp4 127.0.0.1:8080: connect: connection refused')
    session.socket.close(1000)
  }
  expect(await ask()).toMatchObject({ exit: 7, status: 0 })
})

test('silence meets the deadline', async () => {
  answer('', () => {})
  expect(await ask({}, 200)).toMatchObject({ exit: 28, status: 0 })
})

test('a port-forward that the API server refuses tells nothing of the app', async () => {
  server.refuseExec = { code: 403, message: 'forbidden' }
  expect(await ask().catch(formatError)).toMatchInlineSnapshot(`
    "the API server refused a port-forward to port 8080 of httpbin-1.foo [forward-refused]
      seen:     403: forbidden"
  `)
})
