import { execa } from 'execa'
import { MeshproofError } from '../../error.ts'
import { findImage } from '../build/image.ts'
import type { Engine } from '../engine.ts'
import type { Progress } from '../types.ts'
import type { Versions } from '../versions.ts'
import { fetchCharts } from './charts.ts'
import { publicImages, pulledName } from './public-images.ts'

interface Question {
  readonly versions: Versions
  readonly line: string
  readonly engine: Engine
  readonly helm: string
  readonly signal: AbortSignal
  readonly progress: Progress
}

/** Bounds of an answer, in milliseconds. */
const WITHIN = { image: 8_000, chart: 10_000 }

/**
 * Whether the registries and the chart repository serve what a line needs.
 * The engine is asked, not the network, because the engine is what pulls: it may have proxies and mirrors of its own.
 */
export async function findRegistry(
  question: Question,
): Promise<{ readonly kind: 'answers' } | { readonly kind: 'silent'; readonly error: MeshproofError }> {
  const { versions, line, signal } = question
  const { images } = publicImages(versions, line)
  const oneOfEach = new Map(images.map((reference) => [pulledName(reference).split('/')[0], reference]))
  const asked = new AbortController()
  const bounded = { ...question, signal: AbortSignal.any([signal, asked.signal]) }
  try {
    await Promise.all([
      ...[...oneOfEach.values()].map((reference) => askImage(reference, bounded)),
      fetchCharts({ ...bounded, deadlineMs: WITHIN.chart }),
    ])
    return { kind: 'answers' }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof MeshproofError)) throw error
    return { kind: 'silent', error: unreachable(error) }
  } finally {
    asked.abort()
  }
}

/** Pure: what is said when nothing can be pulled. */
export function unreachable(cause: MeshproofError): MeshproofError {
  return new MeshproofError({
    code: 'registry-unreachable',
    message: 'The images and charts cannot be pulled from their registries',
    seen: cause.seen?.split('\n').at(-1)?.trim() ?? cause.message,
    next: 'connect this machine to them, or build everything with --images build',
    cause,
  })
}

async function askImage(reference: string, { engine, signal }: Question): Promise<void> {
  if (isPulled(await findImage(reference, { engine, signal }))) return
  const name = pulledName(reference)
  const answered = new AbortController()
  const pull = execa(engine.docker, ['pull', name], {
    env: engine.env,
    cancelSignal: AbortSignal.any([signal, answered.signal]),
    timeout: WITHIN.image,
    reject: false,
    stdin: 'ignore',
  })
  // The engine says this once it has the manifest; the layers are for later.
  pull.stdout.on('data', (chunk: Buffer) => {
    if (chunk.includes('Pulling from')) answered.abort()
  })
  const { failed, stderr, timedOut } = await pull
  signal.throwIfAborted()
  if (!failed || answered.signal.aborted) return
  throw new MeshproofError({
    code: 'pull-failed',
    message: `${name} cannot be pulled`,
    seen: timedOut ? `no answer within ${WITHIN.image / 1000} s` : stderr.trim(),
  })
}

/** An image that came from a registry; one that was built here under the same name does not count. */
export function isPulled(image: { readonly recipe?: string; readonly digests: readonly string[] } | undefined): boolean {
  return image !== undefined && image.recipe === undefined && image.digests.length > 0
}
