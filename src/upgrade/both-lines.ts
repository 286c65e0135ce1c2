import { EXIT, MeshproofError } from '../error.ts'
import { ensureArtifacts } from '../mesh/artifacts.ts'
import type { Engine } from '../mesh/engine.ts'
import type { Artifacts, Image, ImageSource, IstioLine, Progress, Tools } from '../mesh/types.ts'

interface Wanted {
  readonly from: IstioLine
  readonly to: IstioLine
  readonly images: 'auto' | ImageSource
  readonly engine: Engine
  readonly tools: Tools
  readonly install: boolean
  readonly yes: boolean
  readonly signal: AbortSignal
  readonly progress: Progress
}

/** What both ends of an upgrade need on this machine. */
export interface BothLines {
  readonly from: Artifacts
  readonly to: Artifacts
  /** The images of both, each once. */
  readonly images: readonly Image[]
}

/** Makes the artifacts of both lines ready, from one source. @throws MeshproofError `same-line` (exit 2); those of `ensureArtifacts`. */
export async function ensureBothLines({ from: old, to: young, images, ...wanted }: Wanted): Promise<BothLines> {
  if (old === young) {
    throw new MeshproofError({
      code: 'same-line',
      message: `an upgrade from Istio ${old} to Istio ${young} changes nothing`,
      next: 'name two lines of kind/versions.yaml: --from 1.30 --to 1.31',
      exit: EXIT.usage,
    })
  }
  const from = await ensureArtifacts({ ...wanted, source: images, line: old, lines: [young] })
  // The source that the first one found: the two ends of a comparison come from one.
  const to = await ensureArtifacts({ ...wanted, source: from.source, line: young })
  const all = new Map([...from.images, ...to.images].map((image) => [image.reference, image]))
  return { from, to, images: [...all.values()] }
}

/** The image of a line's sidecars, as pods name it. */
export function proxyImage({ values }: Pick<Artifacts, 'values'>): string {
  return `${String(values['hub'])}/proxyv2:${String(values['tag'])}`
}
