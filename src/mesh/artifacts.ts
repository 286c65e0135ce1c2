import { buildArtifacts } from './build/build-artifacts.ts'
import type { Permission } from './build/consent.ts'
import type { Engine } from './engine.ts'
import { findRegistry } from './registry/find-registry.ts'
import { pullArtifacts } from './registry/pull-artifacts.ts'
import type { Artifacts, ImageSource, IstioLine, Tools } from './types.ts'
import { pinsOf, readVersions } from './versions.ts'

interface Wanted extends Permission {
  /** `auto` asks the registry and falls back to building; the others never do anything else. */
  readonly source: 'auto' | ImageSource
  /** The line to bring up. */
  readonly line: IstioLine
  /** Further lines to make ready at the same time, such as the one to upgrade to. */
  readonly lines?: readonly IstioLine[]
  readonly engine: Engine
  readonly tools: Tools
}

/**
 * Makes everything for an Istio line present on this machine.
 * @throws MeshproofError `istio-line-unknown`, `registry-unreachable` (source `registry` only), and what pulling or building throws.
 */
export async function ensureArtifacts(wanted: Wanted): Promise<Artifacts> {
  const { source, line, lines = [], progress } = wanted
  const versions = await readVersions()
  for (const each of [line, ...lines]) pinsOf(versions, each)
  if (source === 'build') return buildArtifacts({ ...wanted, versions, lines })

  const pull = { ...wanted, versions, lines, helm: wanted.tools.helm }
  const answer = await findRegistry(pull)
  if (answer.kind === 'answers') return pullArtifacts(pull)
  if (source === 'registry') throw answer.error
  progress({ kind: 'note', text: `No container registry: ${answer.error.seen ?? answer.error.message}. Building the images instead.` })
  return buildArtifacts({ ...wanted, versions, lines })
}
