import { ExecaError, execa } from 'execa'
import { MeshproofError } from '../error.ts'
import { waitFor } from '../wait.ts'
import { command } from './build/command.ts'
import type { Engine } from './engine.ts'
import type { Image } from './types.ts'

interface Loading {
  /** The node's container. It need not be there yet. */
  readonly node: string
  readonly images: readonly Image[]
  readonly engine: Engine
  readonly signal: AbortSignal
}

/** From the call until the node's containerd answers: the container starts in 2 to 5 s. */
const NODE_WITHIN = 60_000
const LOADED_WITHIN = 300_000

/**
 * Streams the images from the engine into a node, all in one archive, so that layers they share travel once.
 * Starts as soon as the node's containerd answers: Kubernetes boots meanwhile.
 * @throws MeshproofError `node-not-up`, `images-not-loaded`.
 */
export async function loadImages({ node, images, engine, signal }: Loading): Promise<void> {
  const snapshotter = await waitFor({
    what: `containerd answers in ${node}`,
    code: 'node-not-up',
    deadlineMs: NODE_WITHIN,
    everyMs: 200,
    signal,
    look: async (looking) => ({ done: await askSnapshotter({ node, engine, signal: looking }) }),
  })
  const bounds = { cancelSignal: signal, timeout: LOADED_WITHIN, env: engine.env }
  try {
    await execa(engine.docker, ['save', ...images.map(({ reference }) => reference)], { ...bounds, buffer: { stdout: false } }).pipe(
      engine.docker,
      ['exec', '--interactive', node, 'ctr', '--namespace=k8s.io', 'images', 'import', `--snapshotter=${snapshotter}`, '-'],
      bounds,
    )
  } catch (cause) {
    signal.throwIfAborted()
    if (!(cause instanceof ExecaError)) throw cause
    throw new MeshproofError({
      code: 'images-not-loaded',
      message: `the images could not be loaded into ${node}`,
      seen: lastWords(cause),
      next: 'docker images; df -h; meshproof down, then meshproof up',
      cause: cause.cause,
    })
  }
}

/** What the engine said where it failed to save; else what the import said, which then is more than the end of its input. */
function lastWords(error: ExecaError): string {
  const saving = error.pipedFrom.find(({ failed }) => failed)
  return [saving?.stderr, error.stderr].map((text) => String(text ?? '').trim()).find((text) => text !== '') ?? error.shortMessage
}

/** kind chooses the snapshotter by the file system below, and an import has to name the same one. */
async function askSnapshotter({ node, engine, signal }: Omit<Loading, 'images'>): Promise<string> {
  const asked = { signal, env: engine.env, deadlineMs: 10_000, purpose: `ask containerd in ${node}`, next: `docker logs ${node}` }
  // Both: the configuration is there before the daemon answers.
  await command(engine.docker, ['exec', node, 'ctr', 'version'], asked)
  const config = await command(engine.docker, ['exec', node, 'containerd', 'config', 'dump'], asked)
  return readSnapshotter(config)
}

/** Pure: the first snapshotter that containerd's configuration names, as kind reads it; `overlayfs` where it names none. */
export function readSnapshotter(config: string): string {
  return /^\s*snapshotter\s*=\s*["']([^"']+)["']/m.exec(config)?.[1] ?? 'overlayfs'
}
