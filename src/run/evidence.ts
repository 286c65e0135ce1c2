import { get, list, type PodView } from '../kube/get.ts'
import type { LogLine } from '../probe/access-log.ts'
import type { Address } from '../probe/capture-types.ts'
import { proxyAdmin } from '../probe/proxy.ts'
import { redactSecrets } from '../probe/redact.ts'
import { redactPcap } from '../probe/redact-pcap.ts'
import { formatKey } from '../scenario/format.ts'
import type { ObjectKey } from '../scenario/model.ts'
import { type Ends, podsOf } from './ends.ts'
import type { Attempt, CellResult } from './result.ts'
import { hasProxy, PROXY, type Stage } from './stage.ts'

/** One file of an evidence bundle, without tokens, credentials and private keys. */
export interface EvidenceFile {
  /** Within the step's own folder. */
  readonly path: string
  readonly bytes: Buffer
}

interface EvidenceOptions {
  readonly stage: Stage
  /** The cells that are no pass. */
  readonly red: readonly CellResult[]
  readonly ends: ReadonlyMap<string, Ends>
  /** The run's objects that exist now. */
  readonly present: Iterable<ObjectKey>
}

/** Of one probe's packets, in bytes. */
const PCAP_LIMIT = 256 * 1024
/** Around a probe, in milliseconds: the proxies' clocks need not be the harness's. */
const WINDOW_MS = 2_000
const EVENTS = 50

/**
 * Everything that is needed to see later why a cell of a step is red: the proxies' whole configuration, their log around the probes,
 * istiod's account of them, the objects that stood, the cluster's events, and the packets. Never throws but for an abort: what could
 * not be had is named in `missing.txt`.
 */
export async function collectEvidence(options: EvidenceOptions): Promise<readonly EvidenceFile[]> {
  const { stage, red, ends, present } = options
  const pods = new Map(red.flatMap(({ cell }) => podsOfCell(ends.get(cell.id)).map((pod) => [pod.uid, pod] as const)))
  const missing: string[] = []
  const attempt = async (path: string, work: () => Promise<string>): Promise<EvidenceFile[]> => {
    try {
      return [textFile(path, await work())]
    } catch (error) {
      stage.signal.throwIfAborted()
      missing.push(`${path}: ${error instanceof Error ? error.message : String(error)}`)
      return []
    }
  }
  const namespaces = new Set([...pods.values()].map(({ namespace }) => namespace))
  const files = await Promise.all([
    ...[...pods.values()].filter(hasProxy).map((pod) => attempt(`proxies/${nameOf(pod)}.json`, () => configOf(stage, pod))),
    attempt('istiod-syncz.json', async () => json(await syncsOf(stage))),
    attempt('objects.json', async () => json(await objectsOf(stage, present))),
    ...[...namespaces].map((namespace) => attempt(`events/${namespace}.json`, async () => json(await eventsOf(stage, namespace)))),
    ...red.flatMap((result) => {
      const found = ends.get(result.cell.id)
      return [
        attempt(`${result.cell.id}/attempts.json`, async () => json(result.attempts)),
        ...podsOfCell(found)
          .filter(hasProxy)
          .map((pod) => attempt(`${result.cell.id}/log-${nameOf(pod)}.jsonl`, () => linesOf(stage, pod, result.attempts))),
        ...(found ? [packetsOf(stage, result, found)] : []),
      ]
    }),
  ])
  const lacking: EvidenceFile[] = missing.length > 0 ? [textFile('missing.txt', `${missing.join('\n')}\n`)] : []
  return [...files.flat(), ...lacking]
}

function podsOfCell(ends: Ends | undefined): PodView[] {
  return ends ? podsOf(ends) : []
}

async function configOf(stage: Stage, pod: PodView): Promise<string> {
  const admin = proxyAdmin(await stage.session({ namespace: pod.namespace, pod: pod.name, container: PROXY }))
  return admin.config(stage.signal)
}

async function syncsOf(stage: Stage): Promise<unknown> {
  const syncs = await (await stage.istiod()).syncs(stage.signal)
  return syncs.map(({ proxy, types }) => ({ proxy, types: Object.fromEntries(types) }))
}

async function objectsOf({ cluster, signal }: Stage, present: Iterable<ObjectKey>): Promise<unknown> {
  const keys = [...present].filter(({ kind, group }) => !(kind === 'Secret' && group === ''))
  return Promise.all(keys.map(async (key) => (await get(cluster, key, { signal })) ?? { missing: formatKey(key) }))
}

async function eventsOf({ cluster, signal }: Stage, namespace: string): Promise<unknown> {
  const events = await list(cluster, { group: '', kind: 'Event', namespace, signal })
  const at = (event: (typeof events)[number]) => String(event['lastTimestamp'] ?? event['eventTime'] ?? '')
  return events.sort((a, b) => at(a).localeCompare(at(b))).slice(-EVENTS)
}

/** The proxy's lines from shortly before the first probe until shortly after the last. */
async function linesOf(stage: Stage, pod: PodView, attempts: readonly Attempt[]): Promise<string> {
  const times = attempts.map(({ at }) => Date.parse(at))
  const window = { from: Math.min(...times) - WINDOW_MS, to: Math.max(...times) + WINDOW_MS }
  const lines = (await stage.log(pod)).between(window.from, window.to)
  return lines.map((line: LogLine) => `${JSON.stringify(line)}\n`).join('')
}

/** The packets of each connection that a probe took, where a capture has them. */
async function packetsOf(stage: Stage, { cell, attempts }: CellResult, { servers }: Ends): Promise<EvidenceFile[]> {
  if (!cell.declared.wire) return []
  const secret = cell.question.kind === 'http' && (cell.question.token !== undefined || 'authorization' in cell.question.headers)
  const files: EvidenceFile[] = []
  for (const { pod, port } of servers) {
    const capture = await stage.capture(pod, [port]).catch(() => undefined)
    if (!capture) continue
    const flows = new Map<string, { client: Address; server: Address }>()
    for (const { token, serverLog, clientLog } of attempts) {
      const client = serverLog?.['directRemote'] ?? clientLog?.['upstreamLocal']
      const logged = typeof client === 'string' ? [capture.flow(client, `${pod.ip}:${port}`)] : []
      for (const flow of [...logged, ...capture.flowsWith(token)]) if (flow) flows.set(`${flow.client} ${flow.server}`, flow)
    }
    for (const { client, server } of flows.values()) {
      const bytes = redactPcap(capture.pcap(client, server, PCAP_LIMIT), { all: secret })
      files.push({ path: `${cell.id}/${client.replaceAll(/[^\w.]/g, '-')}.pcap`, bytes })
    }
  }
  return files
}

function nameOf({ name, namespace }: PodView): string {
  return `${name}.${namespace}`
}

function textFile(path: string, text: string): EvidenceFile {
  return { path, bytes: Buffer.from(redactSecrets(text)) }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
