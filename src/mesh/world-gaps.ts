import { OWNER_LABEL } from '../kube/cluster.ts'
import type { PodView } from '../kube/get.ts'
import type { Manifest, WorldNamespace } from '../scenario/model.ts'
import { OWNER, STAMP_LABEL, type WorldApp } from './world-objects.ts'

/** What a look at the cluster found: everything with our owner label. */
export interface SeenWorld {
  readonly namespaces: readonly {
    readonly name: string
    readonly labels: Readonly<Record<string, string>>
    readonly terminating: boolean
  }[]
  readonly services: readonly { readonly name: string; readonly namespace: string; readonly labels: Readonly<Record<string, string>> }[]
  readonly pods: readonly PodView[]
}

/** One thing that the cluster lacks. `apply` is mended by applying, `pod` only by a new pod, `wait` by itself. */
export interface Gap {
  readonly mend: 'apply' | 'pod' | 'wait'
  readonly namespace: string
  /** Empty for the namespace itself. */
  readonly app: string
  /** The pod to replace; for `pod` only. */
  readonly pod?: string
  readonly text: string
}

/** Compares the world that a scenario wants with the one that is there. No gap means ready. */
export function worldGaps(namespaces: readonly Pick<WorldNamespace, 'name' | 'mesh'>[], apps: readonly WorldApp[], seen: SeenWorld): Gap[] {
  const broken = namespaces.flatMap((wanted) => namespaceGap(wanted, seen) ?? [])
  const down = new Set(broken.map(({ namespace }) => namespace))
  return [...broken, ...apps.filter(({ namespace }) => !down.has(namespace)).flatMap((app) => appGap(app, seen) ?? [])]
}

function namespaceGap({ name, mesh }: Pick<WorldNamespace, 'name' | 'mesh'>, seen: SeenWorld): Gap | undefined {
  const there = seen.namespaces.find((namespace) => namespace.name === name)
  const gap = (mend: Gap['mend'], text: string): Gap => ({ mend, namespace: name, app: '', text: `namespace ${name} ${text}` })
  if (!there) return gap('apply', 'is not there')
  if (there.terminating) return gap('wait', 'is being deleted')
  const injection = mesh ? 'enabled' : 'disabled'
  // A namespace that was moved to a revision is injected by that one, and the plain label would overrule it.
  if (mesh && there.labels['istio-injection'] === undefined && there.labels['istio.io/rev'] !== undefined) return undefined
  if (there.labels['istio-injection'] !== injection) return gap('apply', `lacks istio-injection=${injection}`)
  return undefined
}

function appGap({ app, namespace, sidecar, stamp, podLabels, objects }: WorldApp, seen: SeenWorld): Gap | undefined {
  const gap = (mend: Gap['mend'], text: string): Gap => ({ mend, namespace, app, text: `${app}.${namespace} ${text}` })
  const services = objects.filter(({ kind }) => kind === 'Service')
  const current = services.every(({ metadata }) =>
    seen.services.some(
      (there) =>
        there.namespace === namespace && there.name === metadata.name && there.labels[STAMP_LABEL] === labelsOf(metadata)[STAMP_LABEL],
    ),
  )
  if (!current) return gap('apply', 'has no service as its manifest says')

  const known = Object.entries({ ...podLabels, [OWNER_LABEL]: OWNER })
  const pods = seen.pods.filter((pod) => pod.namespace === namespace && known.every(([key, value]) => pod.labels[key] === value))
  const fresh = pods.filter(({ labels }) => labels[STAMP_LABEL] === stamp)
  if (fresh.length === 0) return gap('apply', 'has no pod')
  const bare = sidecar ? fresh.find(({ containers }) => !containers.includes('istio-proxy')) : undefined
  if (bare) return { ...gap('pod', `has no sidecar in its pod ${bare.name}`), pod: bare.name }
  if (fresh.length < pods.length) return gap('wait', 'still has an old pod')
  const unready = fresh.find(({ ready }) => !ready)
  return unready && gap('wait', `is not ready: pod ${unready.name} is ${unready.phase}`)
}

function labelsOf(metadata: Manifest['metadata']): Readonly<Record<string, string>> {
  return metadata['labels'] as Readonly<Record<string, string>>
}
