import { apiError } from '../kube/api-status.ts'
import { persist } from '../kube/persist.ts'
import { request } from '../kube/request.ts'
import { ISTIO_NAMESPACE, installBase, installGateway, installIstiod, removeIstiod } from '../mesh/istio.ts'
import { proxyImage } from './both-lines.ts'
import { restartProxies } from './restart-proxies.ts'
import type { Way, WayOptions } from './way.ts'

/** What moved namespaces are labelled with; it leads to the new revision. */
const TAG = 'canary'
/** The tag that `istio-injection: enabled` means. */
const DEFAULT_TAG = 'default'

/** A second control plane beside the first; namespaces are moved to it by a revision tag, and the first is removed in the end. */
export function canaryWay(options: WayOptions): Way {
  const { lines, journal, rollback } = options
  const { line } = lines.to
  const artifacts = lines.to
  // A revision is part of names: no dots.
  const revision = line.replaceAll('.', '-')
  const labelled = async (namespaces: readonly string[], labels: Readonly<Record<string, string | null>>) => {
    for (const namespace of namespaces) await label(options, namespace, labels)
  }
  const restarted = (namespaces: readonly string[], to: 'from' | 'to') =>
    restartProxies({ ...options, namespaces, image: proxyImage(lines[to]) })
  return {
    bring: async () => {
      await journal.during({ kind: 'change', title: `definitions and base ${line}` }, () => installBase({ ...options, artifacts }))
      await journal.during({ kind: 'change', title: `second istiod, ${line}` }, () =>
        installIstiod({ ...options, artifacts, revision, tags: [TAG] }),
      )
    },
    move: async (namespaces) => {
      await journal.during({ kind: 'rollout', title: `proxies ${line} in ${namespaces.join(', ')}` }, async () => {
        await labelled(namespaces, { 'istio-injection': null, 'istio.io/rev': TAG })
        await restarted(namespaces, 'to')
      })
    },
    finish: async () => {
      await journal.during({ kind: 'change', title: `gateway ${line}` }, async () => {
        await installGateway({ ...options, artifacts, revision })
        await restarted([ISTIO_NAMESPACE], 'to')
      })
      if (rollback) return
      await journal.during({ kind: 'change', title: `istiod ${lines.from.line} removed` }, async () => {
        await installBase({ ...options, artifacts, revision })
        await removeIstiod(options)
        // Only now: two injectors for one label would both inject.
        await installIstiod({ ...options, artifacts, revision, tags: [TAG, DEFAULT_TAG] })
      })
    },
    back: async (namespaces) => {
      const old = lines.from.line
      await journal.during({ kind: 'change', title: `gateway ${old}` }, async () => {
        await installGateway({ ...options, artifacts: lines.from })
        await restarted([ISTIO_NAMESPACE], 'from')
      })
      for (const namespace of namespaces) {
        await journal.during({ kind: 'rollout', title: `proxies ${old} in ${namespace}` }, async () => {
          await labelled([namespace], { 'istio-injection': 'enabled', 'istio.io/rev': null })
          await restarted([namespace], 'from')
        })
      }
      await journal.during({ kind: 'change', title: `istiod ${line} removed` }, () => removeIstiod({ ...options, revision }))
    },
  }
}

async function label({ cluster, signal }: WayOptions, namespace: string, labels: Readonly<Record<string, string | null>>): Promise<void> {
  const ask = { method: 'PATCH', path: `/api/v1/namespaces/${namespace}`, contentType: 'application/merge-patch+json', signal } as const
  const answer = await persist(signal, () => request(cluster, { ...ask, body: { metadata: { labels } } }))
  if (answer.status !== 200) throw apiError(`label the namespace ${namespace}`, answer)
}
