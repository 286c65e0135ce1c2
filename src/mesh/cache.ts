import { createHash, randomUUID } from 'node:crypto'
import { access, chmod, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { command } from './build/command.ts'
import { withLock } from './build/lock.ts'
import type { Progress } from './types.ts'

/** The folder that holds everything built here: MESHPROOF_CACHE, or `meshproof` in the user's cache folder. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  if (env['MESHPROOF_CACHE']) return env['MESHPROOF_CACHE']
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'meshproof')
}

/** Twelve hexadecimal digits that change whenever one of the inputs does. */
export function recipeHash(inputs: unknown): string {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 12)
}

interface Entry {
  /** What it is: `kubernetes-1.34.4`. */
  readonly name: string
  /** Hash of all that it is made of. */
  readonly hash: string
  readonly signal: AbortSignal
  readonly progress: Progress
  /** Fills an empty folder. */
  readonly make: (folder: string) => Promise<void>
}

/** Where a finished entry is, made or not. */
export function entryPath(entry: Pick<Entry, 'name' | 'hash'>): string {
  return join(cacheRoot(), 'made', `${entry.name}-${entry.hash}`)
}

export async function isMade(entry: Pick<Entry, 'name' | 'hash'>): Promise<boolean> {
  return access(entryPath(entry)).then(
    () => true,
    () => false,
  )
}

/**
 * The folder of an entry, made now if it is not there.
 * It appears under its name only when it is complete, and two processes never make the same one.
 */
export async function cached(entry: Entry): Promise<string> {
  const finished = entryPath(entry)
  if (await isMade(entry)) return finished
  return withCacheLock({ ...entry, name: `${entry.name}-${entry.hash}` }, async () => {
    if (await isMade(entry)) return finished
    await removeAbandoned(entry.signal)
    const folder = join(unfinishedRoot(), `${process.pid}.${randomUUID()}`)
    await mkdir(folder, { recursive: true })
    try {
      await entry.make(folder)
      await mkdir(join(finished, '..'), { recursive: true })
      await rename(folder, finished)
      return finished
    } finally {
      await removeTree(folder)
    }
  })
}

/** Does work on something outside the cache that has a name, such as an image, without another process doing the same. */
export async function withCacheLock<T>(
  { name, signal, progress }: Pick<Entry, 'name' | 'signal' | 'progress'>,
  work: () => Promise<T>,
): Promise<T> {
  // Not in the cache: two users' caches, or two of one user, may mean the same image or cluster.
  const file = join(tmpdir(), `meshproof-${userInfo().uid}`, `${name.replaceAll(/[^\w.-]/g, '_')}.lock`)
  const onWait = (holder: string) => progress({ kind: 'note', text: `${name} is being made by ${holder}; waiting for it.` })
  return withLock({ file, signal, onWait }, work)
}

function unfinishedRoot(): string {
  return join(cacheRoot(), 'unfinished')
}

async function removeAbandoned(signal: AbortSignal): Promise<void> {
  const names = await readdir(unfinishedRoot()).catch(() => [])
  for (const name of names) {
    signal.throwIfAborted()
    if (!isRunning(Number(name.split('.')[0]))) await removeTree(join(unfinishedRoot(), name))
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Removes a tree, and never what is mounted in it: a root that was cut off in the making has the host's /proc inside. */
async function removeTree(folder: string): Promise<void> {
  const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '')
  const inside = mounts
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((point) => point.startsWith(`${folder}/`))
  // The caller's signal may have ended the making; clearing up after it must not end with it.
  const signal = AbortSignal.timeout(30_000)
  for (const point of inside.reverse()) {
    await command('umount', ['--lazy', point], { signal, purpose: `unmount ${point}`, next: `sudo umount ${point}` })
  }
  // Go's own folders are read-only.
  await chmod(folder, 0o755).catch(() => undefined)
  await rm(folder, { recursive: true, force: true })
}
