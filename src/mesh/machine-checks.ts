import { access, constants, readFile, statfs } from 'node:fs/promises'
import { availableParallelism, freemem, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { execa } from 'execa'
import { findProgram } from './build/system-packages.ts'
import { cacheRoot } from './cache.ts'
import { type Check, checked } from './check.ts'
import { ensureEngine } from './engine.ts'
import { readVersions } from './versions.ts'

const GB = 1e9
/** Loaded images take about 4 GB; building everything takes about 12 GB. */
const DISK = { enough: 15 * GB, least: 5 * GB }
/** A mesh with its world takes about 2.5 GB. */
const MEMORY = { enough: 4 * GB, least: 2.5 * GB }

/** What kind's own documentation asks for. */
const INOTIFY = 512

/** Whether a mesh can be made on this machine. Installs, starts and changes nothing. */
export async function machineChecks(signal: AbortSignal): Promise<Check[]> {
  return Promise.all([
    checked('container engine', async () => {
      const engine = await ensureEngine({ install: false, yes: false, signal, progress: () => undefined })
      return { state: 'ok', seen: `Docker ${engine.version}` }
    }),
    checked('tools', () => toolsCheck(signal)),
    checked('disk', async () => judgeSpace('disk', await freeDisk(), DISK)),
    checked('memory', async () => judgeSpace('memory', await freeMemory(), MEMORY)),
    checked('processors', async () => judgeProcessors(availableParallelism())),
    checked('cache', cacheCheck),
    ...(process.platform === 'linux' ? [checked('inotify', async () => judgeInotify(await inotifyInstances()))] : []),
  ])
}

async function toolsCheck(signal: AbortSignal): Promise<Omit<Check, 'title'>> {
  const { tools } = await readVersions()
  const missing: string[] = []
  for (const name of Object.keys(tools)) if (!(await findProgram(name))) missing.push(name)
  if (missing.length === 0) return { state: 'ok', seen: `${Object.keys(tools).join(', ')} are on the PATH` }
  const go = await findProgram('go')
  if (!go) return { state: 'warn', seen: `no ${missing.join(', ')} on the PATH, and no Go to build them with`, next: 'install them, or Go' }
  const { stdout } = await execa(go, ['env', 'GOVERSION'], { cancelSignal: signal, timeout: 10_000, reject: false })
  return { state: 'ok', seen: `no ${missing.join(', ')} on the PATH; ${stdout || 'Go'} builds what the cache lacks` }
}

async function freeDisk(): Promise<number> {
  const { bavail, bsize } = await statfs(await nearest(cacheRoot()))
  return bavail * bsize
}

async function freeMemory(): Promise<number> {
  // On Linux freemem leaves out what the page cache can give back; MemAvailable counts it.
  if (process.platform !== 'linux') return freemem()
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1]
  return kib === undefined ? totalmem() : Number(kib) * 1024
}

/** Pure: compares free bytes with what is needed. */
export function judgeSpace(what: string, free: number, { enough, least }: typeof DISK): Omit<Check, 'title'> {
  const gb = (bytes: number): string => `${(bytes / GB).toFixed(1)} GB`
  if (free >= enough) return { state: 'ok', seen: `${gb(free)} free` }
  const state = free >= least ? 'warn' : 'fail'
  return { state, seen: `${gb(free)} free, of ${gb(enough)} that are wanted`, next: `free some ${what}` }
}

/** Pure. One processor makes a mesh that is too slow for the bounds of a run. */
export function judgeProcessors(count: number): Omit<Check, 'title'> {
  if (count >= 2) return { state: 'ok', seen: String(count) }
  return { state: 'warn', seen: '1; bounds of a run may pass before a slow proxy answers', next: 'use a machine with two or more' }
}

async function inotifyInstances(): Promise<number> {
  return Number(await readFile('/proc/sys/fs/inotify/max_user_instances', 'utf8'))
}

/**
 * Pure. The kubelet of a kind node follows each log with an instance of the machine's own limit: when there are none left, logs that a
 * run listens to end. https://kind.sigs.k8s.io/docs/user/known-issues/#pod-errors-due-to-too-many-open-files
 */
export function judgeInotify(instances: number): Omit<Check, 'title'> {
  if (instances >= INOTIFY) return { state: 'ok', seen: `${instances} instances a user` }
  const seen = `${instances} instances a user; with several clusters the logs that a run listens to may end`
  return { state: 'warn', seen, next: `sysctl fs.inotify.max_user_instances=${INOTIFY}` }
}

async function cacheCheck(): Promise<Omit<Check, 'title'>> {
  const folder = cacheRoot()
  const near = await nearest(folder)
  const writable = await access(near, constants.W_OK).then(
    () => true,
    () => false,
  )
  if (!writable) return { state: 'fail', seen: `${near} is not writable`, next: 'set MESHPROOF_CACHE to a folder that is' }
  return { state: 'ok', seen: near === folder ? folder : `${folder} (not there yet)` }
}

/** The folder, or the nearest one above it that is there. */
async function nearest(folder: string): Promise<string> {
  const there = await access(folder).then(
    () => true,
    () => false,
  )
  return there || dirname(folder) === folder ? folder : nearest(dirname(folder))
}
