import { ISTIO_NAMESPACE, installBase, installGateway, installIstiod } from '../mesh/istio.ts'
import type { Artifacts } from '../mesh/types.ts'
import { proxyImage } from './both-lines.ts'
import { restartProxies } from './restart-proxies.ts'
import type { Way, WayOptions } from './way.ts'

/** The control plane is replaced by the new one; sidecars become new when their pods are restarted. */
export function inPlaceWay(options: WayOptions): Way {
  const { lines, journal } = options
  return {
    bring: async () => {
      const { line } = lines.to
      await journal.during({ kind: 'change', title: `definitions and base ${line}` }, () =>
        installBase({ ...options, artifacts: lines.to }),
      )
      await controlPlane(options, lines.to)
    },
    move: (namespaces) => restarted(options, { namespaces, artifacts: lines.to }),
    finish: async () => undefined,
    back: async (namespaces) => {
      // The definitions stay: newer ones do no harm, and older ones could lose fields.
      await controlPlane(options, lines.from)
      for (const namespace of namespaces) await restarted(options, { namespaces: [namespace], artifacts: lines.from })
    },
  }
}

async function controlPlane(options: WayOptions, artifacts: Artifacts): Promise<void> {
  const { journal, cluster, signal } = options
  const { line } = artifacts
  await journal.during({ kind: 'change', title: `istiod ${line}` }, () => installIstiod({ ...options, artifacts }))
  await journal.during({ kind: 'change', title: `gateway ${line}` }, async () => {
    await installGateway({ ...options, artifacts })
    await restartProxies({ cluster, namespaces: [ISTIO_NAMESPACE], image: proxyImage(artifacts), signal })
  })
}

async function restarted(
  { cluster, journal, signal }: WayOptions,
  { namespaces, artifacts }: { readonly namespaces: readonly string[]; readonly artifacts: Artifacts },
): Promise<void> {
  await journal.during({ kind: 'rollout', title: `proxies ${artifacts.line} in ${namespaces.join(', ')}` }, () =>
    restartProxies({ cluster, namespaces, image: proxyImage(artifacts), signal }),
  )
}
