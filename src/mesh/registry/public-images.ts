import { pinsOf, type Versions } from '../versions.ts'

/** What one Istio line is pulled from container registries. */
interface PublicImages {
  readonly node: string
  /** Without one of these there is no mesh. */
  readonly images: readonly string[]
  /** Some scenarios need them; a registry may not have them any more. */
  readonly optional: readonly string[]
}

/** The references of everything that one Istio line needs from container registries. */
export function publicImages(versions: Versions, line: string): PublicImages {
  const { hub, version } = pinsOf(versions, line).registry
  const apps = Object.values(versions.apps)
  return {
    node: versions.kubernetes.registry.node,
    images: [`${hub}/pilot:${version}`, `${hub}/proxyv2:${version}`, ...apps.filter((app) => !app.optional).map(({ image }) => image)],
    optional: apps.filter((app) => app.optional).map(({ image }) => image),
  }
}

/**
 * Where a reference is pulled from: itself, or the same path in the registry that MESHPROOF_REGISTRY_MIRROR names.
 * The mirror is for networks, and tests, that reach one registry only.
 */
export function pulledName(reference: string, env: NodeJS.ProcessEnv = process.env): string {
  const mirror = env['MESHPROOF_REGISTRY_MIRROR']
  return mirror ? `${mirror}/${reference.slice(reference.indexOf('/') + 1)}` : reference
}

/** The chart repository: the pinned one, or the one that MESHPROOF_CHART_REPO names. */
export function chartRepository(versions: Versions, env: NodeJS.ProcessEnv = process.env): string {
  return env['MESHPROOF_CHART_REPO'] || versions.istio.charts
}
