import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { MeshproofError } from '../../error.ts'
import { withCacheLock } from '../cache.ts'
import type { Engine } from '../engine.ts'
import type { Progress } from '../types.ts'
import { command, failure } from './command.ts'
import { findImage, RECIPE_LABEL } from './image.ts'
import { imageFile } from './image-file.ts'
import type { NodeRecipe } from './recipe.ts'

interface Building {
  readonly engine: Engine
  readonly signal: AbortSignal
  readonly progress: Progress
  /** Folder with the compiled programs of Kubernetes. */
  readonly kubernetes: string
}

/** Label of the container in which a node image is made, so that one left by a killed process can be found. */
const CONTAINER_LABEL = 'dev.meshproof.node-build'

/** Puts the images of the control plane into a node's own containerd. All of them are in the engine already. */
export async function buildNode(recipe: NodeRecipe, building: Building): Promise<void> {
  const { engine, signal, progress } = building
  await withCacheLock({ name: `image-${recipe.reference}`, signal, progress }, async () => {
    if ((await findImage(recipe.reference, building))?.recipe === recipe.hash) return
    const names = await publicNames(recipe, building)
    const docker = (args: readonly string[], bound = signal) =>
      command(engine.docker, args, {
        signal: bound,
        env: engine.env,
        purpose: `make the ${recipe.title} image`,
        next: 'docker system df, docker info',
      })

    const container = `meshproof-node-build-${randomUUID().slice(0, 8)}`
    try {
      const label = ['--label', `${CONTAINER_LABEL}=${recipe.hash}`]
      await docker([
        'run',
        '--detach',
        '--privileged',
        '--name',
        container,
        ...label,
        '--entrypoint',
        'sleep',
        recipe.base.reference,
        'infinity',
      ])
      await preload({ engine, signal, container, names })
      const changes = ['ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]', 'CMD []', `LABEL ${RECIPE_LABEL}=${recipe.hash}`]
      await docker(['commit', ...changes.flatMap((change) => ['--change', change]), container, recipe.reference])
    } finally {
      const bound = AbortSignal.timeout(60_000)
      await docker(['rm', '--force', '--volumes', container], bound)
    }
    // They live on inside the node.
    await docker(['image', 'rm', ...recipe.preload.map(({ image }) => image.reference)])
  })
}

interface Preload {
  readonly engine: Engine
  readonly signal: AbortSignal
  readonly container: string
  readonly names: ReadonlyMap<string, string>
}

async function preload({ engine, signal, container, names }: Preload): Promise<void> {
  const script = await readFile(imageFile('preload-images.sh'), 'utf8')
  const options = { env: engine.env, cancelSignal: signal, timeout: 10 * 60_000 }
  const args = ['exec', '--interactive', container, 'sh', '-c', script, 'preload', ...[...names].flat()]
  try {
    // The archive is binary: it goes from one process to the other and never through a string.
    const { stdout } = await execa({
      ...options,
      encoding: 'buffer',
      buffer: { stdout: false, stderr: true },
    })`${engine.docker} ${['save', ...names.keys()]}`.pipe({ ...options, encoding: 'utf8', all: true })`${engine.docker} ${args}`
    const missing = [...names.values()].filter((name) => !stdout.split('\n').includes(name))
    if (missing.length === 0) return
    throw new MeshproofError({
      code: 'node-incomplete',
      message: 'The node image did not take in all images of its control plane',
      expected: missing.join(', '),
      seen: stdout,
    })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof MeshproofError) throw error
    throw failure({ file: engine.docker, args, error, purpose: 'put images into the node', next: 'docker system df, docker info' })
  }
}

/** Reference in the engine to name in the node. kubeadm decides the tags of etcd and CoreDNS, whatever their real versions are. */
async function publicNames(recipe: NodeRecipe, { kubernetes, signal }: Building): Promise<Map<string, string>> {
  const version = recipe.base.args['VERSION'] ?? ''
  const listed = await command(join(kubernetes, 'kubeadm'), ['config', 'images', 'list', '--kubernetes-version', version], {
    signal,
    purpose: 'ask kubeadm for the names of its images',
    next: 'see src/mesh/build/build-node.ts',
    deadlineMs: 30_000,
  })
  return new Map(recipe.preload.map(({ image, publicName }) => [image.reference, completeName(publicName, listed.split('\n'))]))
}

/** Pure: a name without a tag gets the one that kubeadm lists it with. */
export function completeName(name: string, listed: readonly string[]): string {
  if (name.includes(':')) return name
  const program = name.slice(name.lastIndexOf('/') + 1)
  const full = listed.find((line) => line.slice(line.lastIndexOf('/') + 1).startsWith(`${program}:`))
  if (full) return full
  throw new MeshproofError({
    code: 'node-incomplete',
    message: `kubeadm names no image of ${program}`,
    expected: name,
    seen: listed.join(', '),
  })
}
