import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { formatError } from '../error.ts'
import { type ExecSession, type FakeApiServer, startFakeApiServer } from '../kube/fake-api-server.ts'
import { startCapture } from './capture.ts'
import { BEAT, QUIT } from './capture-command.ts'
import { readFixture } from './fake-packets.ts'

const POD = { namespace: 'foo', pod: 'httpbin-1', container: 'istio-proxy' }
const LISTENING = 'tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n'
const STDOUT = 1
const STDERR = 2
const MESH = ['10.244.0.14:59858', '10.244.0.13:8080'] as const

let server: FakeApiServer
const { signal } = new AbortController()

beforeEach(async () => {
  server = await startFakeApiServer()
})
afterEach(() => server.close())

describe('a capture that goes well', () => {
  test('reads what tcpdump wrote on a real pod, however the link cuts it', async () => {
    const { bytes, flows } = readFixture('strict')
    serve((pod) => {
      pod.send(STDERR, LISTENING)
      for (let offset = 0; offset < bytes.length; offset += 333) pod.send(STDOUT, bytes.subarray(offset, offset + 333))
    })
    const capture = await start()
    await capture.listening
    expect(await capture.sawText('mp-strict-plain', 5_000, signal)).toBe(true)
    expect(capture.fault()).toBeUndefined()
    expect([capture.readable('mp-strict-plain'), capture.readable('mp-strict-mesh-1')]).toEqual([true, false])
    expect(capture.flowsWith('mp-strict-plain')).toMatchObject([{ client: '10.244.0.19:55172', end: 'rst' }])
    await capture.stop()
    expect(capture.flow(...MESH)).toEqual(flows.flow(...MESH))
    expect(capture.pcap(...MESH, 2_000).subarray(0, 24)).toEqual(bytes.subarray(0, 24))
  })

  test('a text that comes later is told when it comes', async () => {
    const { bytes } = readFixture('tcp-echo')
    let send = () => {}
    serve((pod) => {
      pod.send(STDERR, LISTENING)
      send = () => pod.send(STDOUT, bytes)
    })
    const capture = await start()
    await capture.listening
    const saw = capture.sawText('mp-echo-plain', 5_000, signal)
    send()
    expect(await saw).toBe(true)
    await capture.stop()
  })

  test('a text that does not come is no error, an abort is one', async () => {
    serve((pod) => pod.send(STDERR, LISTENING))
    const capture = await start()
    await capture.listening
    expect(await capture.sawText('mp-never', 30, signal)).toBe(false)
    await expect(capture.sawText('mp-never', 5_000, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
    await capture.stop()
  })

  test('stop ends tcpdump in the pod and reads its last words', async () => {
    const words: string[] = []
    serve(
      (pod) => pod.send(STDERR, LISTENING),
      (word) => words.push(word),
      12,
    )
    const capture = await start()
    await capture.listening
    expect(capture.fault()).toBeUndefined()
    await Promise.all([capture.stop(), capture.stop()])
    expect(words).toEqual([QUIT])
    expect(capture.fault()).toBe('12 packets dropped')
  })

  test('drops are asked for while it runs', async () => {
    serve((pod) => pod.send(STDERR, LISTENING), undefined, 3)
    const capture = await start()
    await capture.listening
    expect(await capture.askDrops(5_000, signal)).toBe(true)
    expect(capture.fault()).toBe('3 packets dropped')
    await capture.stop()
  })
})

describe('a capture that proves nothing says why', () => {
  test('before it listens', async () => {
    serve(() => {})
    const capture = await start()
    expect(capture.fault()).toBe('not listening yet')
    await capture.stop()
  })

  test('when tcpdump may not capture', async () => {
    server.onExec = (pod) => {
      pod.send(STDERR, "tcpdump: eth0: You don't have permission to capture on that device\n")
      pod.exit(1)
    }
    const capture = await start()
    expect(formatError(await capture.listening.catch((error: unknown) => error))).toMatchInlineSnapshot(`
      "tcpdump in httpbin-1.foo/istio-proxy does not listen [capture-failed]
        expected: "listening on" within 5 s
        seen:     exit code 1; tcpdump: eth0: You don't have permission to capture on that device
        next:     the container has to be privileged and to have sh, tcpdump, and root or sudo: Istio with global.proxy.privileged=true"
    `)
  })

  test('when it does not listen in time', async () => {
    serve(() => {})
    const capture = await start(50)
    await expect(capture.listening).rejects.toMatchObject({ code: 'capture-failed', seen: 'nothing' })
  })

  test('when the link is cut, and nobody waits for it any longer', async () => {
    let cut = () => {}
    serve((pod) => {
      pod.send(STDERR, LISTENING)
      cut = () => pod.socket.terminate()
    })
    const capture = await start()
    await capture.listening
    const saw = capture.sawText('mp-never', 60_000, signal)
    cut()
    expect(await saw).toBe(false)
    expect(capture.fault()).toMatch(/^died: /)
    await capture.stop()
    expect(capture.fault()).toMatch(/^died: /)
  })

  test('when tcpdump died', async () => {
    server.onExec = (pod) => {
      pod.send(STDERR, `${LISTENING}tcpdump: pcap_loop: The interface disappeared\n`)
      pod.exit(1)
    }
    const capture = await start()
    await capture.listening
    expect(await capture.sawText('mp-never', 60_000, signal)).toBe(false)
    expect(capture.fault()).toBe('died: exit code 1; tcpdump: pcap_loop: The interface disappeared')
  })

  test('when what comes is no capture', async () => {
    serve((pod) => {
      pod.send(STDERR, LISTENING)
      pod.send(STDOUT, 'Defaulted container "istio-proxy" out of: istio-proxy')
    })
    const capture = await start()
    await capture.listening
    await capture.sawText('mp-never', 50, signal)
    expect(capture.fault()).toBe('not a pcap stream: it begins with 44656661')
    await capture.stop()
  })

  test('when it ended without its counts', async () => {
    server.onExec = (pod) => {
      pod.send(STDERR, LISTENING)
      pod.onData(() => pod.exit(0))
    }
    const capture = await start()
    await capture.listening
    await capture.stop()
    expect(capture.fault()).toBe('ended without telling how many packets were dropped')
  })
})

function start(deadlineMs = 5_000) {
  return startCapture(server.cluster, { pod: POD, ports: [8080, 9000], signal, deadlineMs })
}

/** A pod whose tcpdump begins so, and then answers beats and ends as the real one does. */
function serve(begin: (pod: ExecSession) => void, onWord: (word: string) => void = () => {}, dropped = 0): void {
  server.onExec = (pod) => {
    begin(pod)
    pod.onData((_channel, data) => {
      const word = data.toString()
      onWord(word)
      if (word === BEAT)
        pod.send(STDERR, `tcpdump: 9 packets captured, 9 packets received by filter, ${dropped} packets dropped by kernel\n`)
      if (word !== QUIT) return
      pod.send(STDERR, `9 packets captured\n9 packets received by filter\n${dropped} packets dropped by kernel\n`)
      pod.exit(0)
    })
  }
}
