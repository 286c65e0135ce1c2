import http from 'node:http'
import type { Duplex } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatError } from '../error.ts'
import { type ExecSession, type FakeApiServer, startFakeApiServer } from './fake-api-server.ts'
import { openPortForward } from './port-forward.ts'

const { signal } = new AbortController()
let server: FakeApiServer
beforeEach(async () => {
  server = await startFakeApiServer()
})
afterEach(() => server.close())

const open = (deadlineMs = 2_000) => openPortForward(server.cluster, { namespace: 'foo', pod: 'httpbin-1' }, 8080, { signal, deadlineMs })

/** As a node begins: both channels say their port first. */
function greet({ send }: ExecSession): void {
  const port = Buffer.from([8080 % 256, 8080 >> 8])
  send(0, port)
  send(1, port)
}

async function ask(stream: Duplex): Promise<string> {
  return new Promise((resolve) => {
    const asked = http.request({ createConnection: () => stream, path: '/ip', headers: { connection: 'close' } }, async (response) => {
      let body = ''
      for await (const chunk of response) body += String(chunk)
      resolve(`${response.statusCode} ${body}`)
    })
    asked.on('error', (error) => resolve(formatError(error)))
    asked.end()
  })
}

test('bytes go both ways, without the ports that the channels begin with', async () => {
  let heard = ''
  server.onExec = (session) => {
    greet(session)
    session.onData((channel, data) => {
      heard += `${channel}:${data}`
      if (!heard.includes('\r\n\r\n')) return
      session.send(0, 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhel')
      session.send(0, 'lo')
      session.socket.close(1000)
    })
  }
  expect(await ask(await open())).toBe('200 hello')
  expect(heard.split('\r\n')[0]).toBe('0:GET /ip HTTP/1.1')
  expect(server.seen).toEqual(['EXEC /api/v1/namespaces/foo/pods/httpbin-1/portforward?ports=8080'])
})

test('a connection that the node cannot make is an error with its words', async () => {
  server.onExec = (session) => {
    greet(session)
    session.send(1, 'error forwarding port 8080: connect: connection refused')
    session.socket.close(1000)
  }
  expect(await ask(await open())).toMatchInlineSnapshot(`
    "the node could not forward to httpbin-1.foo:8080 [forward-broken]
      seen:     error forwarding port 8080: connect: connection refused"
  `)
})

test('a regular end without a word is the end of the connection', async () => {
  server.onExec = (session) => {
    greet(session)
    session.onData(() => session.socket.close(1000))
  }
  expect(await ask(await open())).toContain('socket hang up')
})

test('a refused port-forward tells what the API server said', async () => {
  server.refuseExec = { code: 403, message: 'pods "httpbin-1" is forbidden' }
  expect(await open().catch(formatError)).toMatchInlineSnapshot(`
    "the API server refused a port-forward to port 8080 of httpbin-1.foo [forward-refused]
      seen:     403: pods "httpbin-1" is forbidden"
  `)
})

test('a protocol that the API server does not have is no port-forward', async () => {
  server.protocols = []
  expect(await open().catch(formatError)).toMatchInlineSnapshot(`
    "a port-forward to port 8080 of httpbin-1.foo did not open [forward-lost]
      seen:     Server sent no subprotocol
      because:  Server sent no subprotocol"
  `)
})

test('an abort ends it', async () => {
  const stop = new AbortController()
  const stream = await openPortForward(server.cluster, { namespace: 'foo', pod: 'p' }, 1, { signal: stop.signal, deadlineMs: 2_000 })
  const ended = new Promise((resolve) => {
    stream.once('error', resolve)
  })
  stop.abort()
  expect(await ended).toMatchObject({ name: 'AbortError' })
})
