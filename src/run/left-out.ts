import { MeshproofError } from '../error.ts'
import { list } from '../kube/get.ts'
import type { Cell, Gate } from '../scenario/model.ts'
import { inVersionRange } from '../scenario/version-range.ts'
import type { Ends } from './ends.ts'
import { PROXY, type Stage } from './stage.ts'

interface LeaveOptions {
  readonly stage: Stage
  readonly cells: readonly Cell[]
  /** Keyed by the cell's id. */
  readonly ends: ReadonlyMap<string, Ends>
}

/** Versions as image tags have them. Control planes that run side by side must all be in a range. */
interface SeenVersions {
  readonly controlPlane: readonly string[]
  /** Of the proxy in a pod, by the pod's uid. */
  readonly proxies: ReadonlyMap<string, string>
}

/**
 * The cells that their version gates leave out, with the reason, by the cell's id. Looks at the cluster only where there are gates.
 * @throws MeshproofError `version-unknown` when an image's tag tells no version.
 */
export async function leftOut({ stage, cells, ends }: LeaveOptions): Promise<ReadonlyMap<string, string>> {
  if (cells.every(({ when }) => when === undefined)) return new Map()
  const seen = await seenVersions(stage)
  return new Map(
    cells.flatMap(({ id, when = [] }) => {
      const closed = when.flatMap((gate) => closedText(gate, versionsFor(gate, ends.get(id), seen)) ?? [])
      return closed.length > 0 ? [[id, closed.join('; ')] as const] : []
    }),
  )
}

function versionsFor({ of }: Gate, ends: Ends | undefined, { controlPlane, proxies }: SeenVersions): readonly string[] {
  if (of === 'control-plane' || !ends) return controlPlane
  const pods =
    of === 'client' ? [ends.source] : ends.servers.length > 0 ? ends.servers.map(({ pod }) => pod) : ends.gateway ? [ends.gateway.pod] : []
  const own = pods.flatMap(({ uid }) => proxies.get(uid) ?? [])
  return own.length > 0 ? own : controlPlane
}

const SUBJECTS: Readonly<Record<Gate['of'], string>> = {
  istio: "the server's proxy",
  'control-plane': 'the control plane',
  client: "the client's proxy",
}

/** Why a gate is closed; undefined when it is open. Pure. */
export function closedText({ of, range }: Pick<Gate, 'of' | 'range'>, versions: readonly string[]): string | undefined {
  const outside = versions.filter((version) => !inVersionRange(range, version))
  return outside.length === 0 ? undefined : `only when ${of} ${range}, and ${SUBJECTS[of]} is ${[...new Set(outside)].join(' and ')}`
}

async function seenVersions({ cluster, signal }: Stage): Promise<SeenVersions> {
  const pods = await list(cluster, { group: '', kind: 'Pod', signal })
  const proxies = new Map<string, string>()
  const controlPlane: string[] = []
  for (const { metadata, spec } of pods) {
    const { containers = [], initContainers = [] } = spec as { containers?: Container[]; initContainers?: Container[] }
    const image = (name: string) => [...containers, ...initContainers].find((container) => container.name === name)?.image
    const proxy = image(PROXY)
    if (proxy !== undefined && metadata.uid !== undefined) proxies.set(metadata.uid, versionOf(proxy))
    const istiod = metadata.labels?.['app'] === 'istiod' ? image('discovery') : undefined
    if (istiod !== undefined) controlPlane.push(versionOf(istiod))
  }
  return { controlPlane, proxies }
}

interface Container {
  readonly name: string
  readonly image: string
}

/** The version in an image's tag: `1.31.1`, `1.31` of `1.31-f57de23f7dbf`. Pure. */
export function versionOf(image: string): string {
  const tag =
    image
      .slice(image.lastIndexOf('/') + 1)
      .split('@')[0]
      ?.split(':')[1] ?? ''
  const version = /^v?(\d+\.\d+(?:\.\d+)?)/.exec(tag)?.[1]
  if (version !== undefined) return version
  throw new MeshproofError({
    code: 'version-unknown',
    message: `the image ${image} does not tell its version, so that version gates cannot be decided`,
    expected: 'a tag that begins with a version',
    next: 'leave out the scenarios with `when`, or run on a mesh whose images have such tags',
  })
}
