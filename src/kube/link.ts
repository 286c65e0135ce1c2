import http from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import type { KubeConfig } from '@kubernetes/client-node'
import { MeshproofError } from '../error.ts'
import type { Cluster } from './cluster.ts'

/** What a request or a WebSocket needs to reach the API server. Holds credentials: never log it. */
export interface Link {
  readonly server: URL
  /** Keeps connections open, for requests. */
  readonly pool: http.Agent
  /** A connection of its own for each stream; it shares TLS sessions, so opening one is cheap. */
  readonly single: http.Agent
  readonly headers: Readonly<Record<string, string>>
  /** The client certificate of the connections; a new one needs new connections. */
  readonly certificate: string
}

const links = new WeakMap<KubeConfig, Link>()

/**
 * The link of a cluster, made once and kept.
 * Credentials that can run out (exec plugins, token files) are asked for each time; client-node caches them until they do.
 * @throws MeshproofError `insecure-server` for plain HTTP, or TLS that is not verified, to anything but loopback.
 */
export async function linkOf(cluster: Pick<Cluster, 'config' | 'context'>): Promise<Link> {
  const { config } = cluster
  const known = links.get(config)
  const user = config.getCurrentUser()
  const runsOut = user?.exec !== undefined || user?.authProvider !== undefined
  if (known !== undefined && !runsOut) return known

  const server = serverOf(cluster)
  const options: https.RequestOptions = {}
  await config.applyToHTTPSOptions(options)
  const fresh = known === undefined || known.certificate !== String(options.cert)
  const link = fresh ? newLink(cluster, server, options) : { ...known, headers: textHeaders(options) }
  links.set(config, link)
  return link
}

function serverOf({ config, context }: Pick<Cluster, 'config' | 'context'>): URL {
  const entry = config.getCurrentCluster()
  if (!entry?.server) {
    throw new MeshproofError({
      code: 'context-broken',
      message: `the kubeconfig's context ${context} names no cluster with a server`,
      next: 'kubectl config view --minify',
    })
  }
  const server = new URL(entry.server)
  const host = server.hostname.replace(/^\[|\]$/g, '')
  const loopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
  if ((server.protocol === 'http:' || entry.skipTLSVerify) && !loopback) {
    throw new MeshproofError({
      code: 'insecure-server',
      message: `the API server of ${context} would be trusted without TLS verification`,
      expected: 'https with a certificate authority in the kubeconfig (anything else only on loopback)',
      seen: `${entry.server}${entry.skipTLSVerify ? ', insecure-skip-tls-verify: true' : ''}`,
    })
  }
  return server
}

function newLink(cluster: Pick<Cluster, 'config'>, server: URL, options: https.RequestOptions): Link {
  const common = { server, headers: textHeaders(options), certificate: String(options.cert) }
  if (cluster.config.getCurrentCluster()?.proxyUrl && options.agent instanceof http.Agent) {
    return { ...common, pool: options.agent, single: options.agent }
  }
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options
  const given = Object.entries({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername })
  const tls = Object.fromEntries(given.filter(([, value]) => value !== undefined))
  const keepAlive = { keepAlive: true, keepAliveMsecs: 15_000, noDelay: true }
  return server.protocol === 'http:'
    ? { ...common, pool: new http.Agent(keepAlive), single: new http.Agent({ noDelay: true }) }
    : { ...common, pool: new https.Agent({ ...keepAlive, ...tls }), single: new https.Agent({ noDelay: true, ...tls }) }
}

function textHeaders(options: https.RequestOptions): Record<string, string> {
  const given = Object.entries((options.headers ?? {}) as http.OutgoingHttpHeaders)
  const headers = Object.fromEntries(given.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])))
  if (options.auth) headers['Authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`
  return headers
}
