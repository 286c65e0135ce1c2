import type http from 'node:http'
import { type FakeApiServer, startFakeApiServer } from '../kube/fake-api-server.ts'
import type { PodView } from '../kube/get.ts'
import { type AccessLog, openAccessLog } from '../probe/access-log.ts'
import type { ServerEnd } from './ends.ts'

/** Test support: a pod with a proxy, whose log says what the test says. */
export interface FakeProxy {
  readonly end: ServerEnd
  readonly ear: { readonly log: AccessLog; readonly mark: number }
  /** Writes a line; what is not given is null or 1. */
  says(line: object): void
}

/** Test support: proxies' logs, followed over a fake API server. */
export class FakeProxies {
  readonly #sinks: http.ServerResponse[] = []
  readonly #logs: AccessLog[] = []
  readonly #signal = new AbortController().signal
  #server: FakeApiServer | undefined

  async open(name: string, { ip = '10.0.0.9', port = 8080 }: { ip?: string; port?: number } = {}): Promise<FakeProxy> {
    this.#server ??= await this.#start()
    const log = await openAccessLog(this.#server.cluster, { namespace: 'foo', pod: name, container: 'istio-proxy' }, this.#signal)
    this.#logs.push(log)
    const sink = this.#sinks.at(-1)
    const pod: PodView = {
      ...{ name, namespace: 'foo', uid: name, ip, labels: {}, serviceAccount: 'default' },
      ...{ ready: true, phase: 'Running', containers: ['istio-proxy'], lifeline: '' },
    }
    return {
      end: { pod, port },
      ear: { log, mark: log.mark },
      says: (line) => {
        sink?.write(`${JSON.stringify({ token: null, upstreamLocal: null, connection: 1, ...line })}\n`)
      },
    }
  }

  async close(): Promise<void> {
    for (const log of this.#logs.splice(0)) log.close()
    this.#sinks.length = 0
    await this.#server?.close()
    this.#server = undefined
  }

  async #start(): Promise<FakeApiServer> {
    const server = await startFakeApiServer()
    server.onLog = (response) => {
      response.writeHead(200).flushHeaders()
      this.#sinks.push(response)
    }
    return server
  }
}
