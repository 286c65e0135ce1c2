import type { Draft } from './draft.ts'
import type { MeshChange } from './model.ts'
import { type Problem, problemAt } from './problem.ts'
import type { DraftStep } from './read-step.ts'
import { nearestOf } from './suggest.ts'

/** Changes of the mesh's configuration: do they change something, and leave what the run itself stands on? */
export function lintMesh(draft: Draft): Problem[] {
  return draft.steps.flatMap((step, index) => {
    const { mesh } = step.step
    if (!mesh) return []
    return mesh.kind === 'original' ? lintOriginal(draft, step, index) : lintMerge(draft, step, mesh)
  })
}

function lintOriginal({ document, steps }: Draft, { path }: DraftStep, index: number): Problem[] {
  const changed = steps.slice(0, index).findLast(({ step }) => step.mesh)?.step.mesh?.kind === 'merge'
  if (changed) return []
  const message = 'the mesh has its original configuration: no step before changes it'
  return [problemAt(document.place([...path, 'mesh']), { code: 'nothing-to-restore', message, next: 'leave it out' })]
}

function lintMerge({ document }: Draft, { path }: DraftStep, { values }: MeshChange & { kind: 'merge' }): Problem[] {
  const at = [...path, 'mesh']
  if (Object.keys(values).length === 0) {
    return [
      problemAt(document.keyPlace(at), { code: 'changes-nothing', message: 'this changes nothing in the mesh', next: 'leave it out' }),
    ]
  }
  const keys = Object.keys(values).flatMap((key) => {
    const place = document.keyPlace([...at, key])
    const reason = RESERVED[key]
    if (reason)
      return [problemAt(place, { code: 'reserved-key', message: `\`${key}\` cannot be changed: ${reason}`, next: 'leave it out' })]
    // Istio's own list grows with its versions: only what looks like a slip is held to be one.
    const nearest = MESH_KEYS.includes(key) ? undefined : nearestOf(key, MESH_KEYS)
    if (!nearest) return []
    return [problemAt(place, { code: 'unknown-key', message: `MeshConfig has no key \`${key}\``, next: `did you mean \`${nearest}\`?` })]
  })
  const providers: readonly unknown[] = Array.isArray(values['extensionProviders']) ? values['extensionProviders'] : []
  const nameless = providers.flatMap((provider, index) => {
    if (typeof provider === 'object' && provider !== null && 'name' in provider && typeof provider.name === 'string') return []
    const place = document.keyPlace([...at, 'extensionProviders', index])
    return [
      problemAt(place, { code: 'missing-key', message: 'an extension provider needs a `name`', next: 'policies ask for it by its name' }),
    ]
  })
  return [...keys, ...nameless]
}

const RESERVED: Readonly<Record<string, string>> = {
  accessLogFile: 'the run reads the access log',
  accessLogEncoding: 'the run reads the access log',
  accessLogFormat: 'the run reads the access log',
  rootNamespace: 'mesh-wide policies are looked for in istio-system',
}

/** The fields of MeshConfig, from https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/. */
const MESH_KEYS: readonly string[] = [
  ...['proxyListenPort', 'proxyInboundListenPort', 'proxyHttpPort', 'connectTimeout', 'tcpKeepalive', 'ingressClass', 'ingressService'],
  ...['ingressControllerMode', 'ingressSelector', 'enableTracing', 'enableEnvoyAccessLogService', 'disableEnvoyListenerLog'],
  ...['defaultConfig', 'outboundTrafficPolicy', 'inboundTrafficPolicy', 'configSources', 'enableAutoMtls', 'trustDomain'],
  ...['trustDomainAliases', 'caCertificates', 'defaultServiceExportTo', 'defaultVirtualServiceExportTo', 'defaultDestinationRuleExportTo'],
  ...['dnsRefreshRate', 'h2UpgradePolicy', 'inboundClusterStatName', 'outboundClusterStatName', 'enablePrometheusMerge'],
  ...['extensionProviders', 'defaultProviders', 'discoverySelectors', 'pathNormalization', 'defaultHttpRetryPolicy'],
  ...[
    'meshMTLS',
    'tlsDefaults',
    'serviceSettings',
    'localityLbSetting',
    'protocolDetectionTimeout',
    'certificates',
    'verifyCertificateAtClient',
  ],
]
