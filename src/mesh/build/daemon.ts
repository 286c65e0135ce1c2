import { spawn } from 'node:child_process'
import { chmod, copyFile, mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MeshproofError } from '../../error.ts'
import { imageFile } from './image-file.ts'
import { findProgram } from './system-packages.ts'

const CONFIGURATION = '/etc/docker/daemon.json'
/** Not in the cache: the engine outlives the run, starts every container through this, and caches are there to be emptied. */
const FOLDER = '/var/lib/meshproof/engine'
/** The bit of CAP_SYS_RESOURCE, see capabilities(7). */
const SYS_RESOURCE = 24n

/** Starts dockerd where nothing else starts it, in a session of its own, so that it outlives this process. */
export async function startDaemon({ signal }: { readonly signal: AbortSignal }): Promise<{ readonly log: string }> {
  signal.throwIfAborted()
  const dockerd = await findProgram('dockerd')
  if (!dockerd)
    throw new MeshproofError({ code: 'engine-missing', message: 'There is no dockerd to start', next: 'sudo apt-get install docker.io' })

  await mkdir(FOLDER, { recursive: true })
  const flags = hasSysResource(await readFile('/proc/self/status', 'utf8'))
    ? []
    : wrapperFlags({ wrapper: await placeWrapper(FOLDER), configured: await configuredKeys() })

  const log = join(FOLDER, 'dockerd.log')
  const output = await open(log, 'a')
  try {
    const daemon = spawn(dockerd, flags, { detached: true, stdio: ['ignore', output.fd, output.fd] })
    await new Promise<void>((resolve, reject) => {
      daemon.once('spawn', resolve)
      daemon.once('error', reject)
    })
    daemon.unref()
  } finally {
    await output.close()
  }
  return { log }
}

/** Pure: whether `/proc/self/status` lists CAP_SYS_RESOURCE in the bounding set. */
export function hasSysResource(status: string): boolean {
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1]
  return bounding === undefined || ((BigInt(`0x${bounding}`) >> SYS_RESOURCE) & 1n) === 1n
}

/** Pure: dockerd refuses to start when a flag and its file both set the same thing, and then the file is the owner's will. */
export function wrapperFlags({ wrapper, configured }: { readonly wrapper: string; readonly configured: readonly string[] }): string[] {
  const flags = configured.includes('ip6tables') ? [] : ['--ip6tables=false']
  if (configured.includes('runtimes') || configured.includes('default-runtime')) return flags
  return [...flags, '--add-runtime', `meshproof=${wrapper}`, '--default-runtime', 'meshproof']
}

async function configuredKeys(): Promise<string[]> {
  try {
    return Object.keys(JSON.parse(await readFile(CONFIGURATION, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw new MeshproofError({
      code: 'engine-configuration',
      message: `${CONFIGURATION} cannot be read`,
      next: 'correct or remove that file',
      cause: error,
    })
  }
}

async function placeWrapper(folder: string): Promise<string> {
  const runc = await findProgram('runc')
  if (!runc) throw new MeshproofError({ code: 'engine-missing', message: 'There is no runc', next: 'sudo apt-get install runc' })
  const wrapper = join(folder, 'runc-wrapper.sh')
  const template = await readFile(imageFile('runc-wrapper.sh'), 'utf8')
  await writeFile(wrapper, template.replace('"NODE"', `"${process.execPath}"`).replace('"RUNC"', `"${runc}"`))
  await chmod(wrapper, 0o755)
  await copyFile(imageFile('runc-wrapper.mjs'), join(folder, 'runc-wrapper.mjs'))
  return wrapper
}
