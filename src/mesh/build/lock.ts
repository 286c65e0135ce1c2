import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { z } from 'zod'
import { waitFor } from '../../wait.ts'

interface LockOptions {
  readonly file: string
  readonly signal: AbortSignal
  /** Called once, when another process holds the lock. */
  readonly onWait?: (holder: string) => void
  /** Bound of the wait for another holder, in milliseconds; an hour unless said. */
  readonly deadlineMs?: number
}

const AN_HOUR = 3_600_000
/** A holder says that it lives every so many milliseconds; on another machine that is all that can be seen of it. */
const BEAT_EVERY = 5_000
/** Silent for so long, in milliseconds: dead, wherever it ran. */
const DEAD_AFTER = 60_000

/**
 * Does work that one process at a time may do. A holder that is dead is taken over from.
 * @throws MeshproofError `lock-held` when the holder does not end in time.
 */
export async function withLock<T>({ file, signal, onWait, deadlineMs = AN_HOUR }: LockOptions, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true })
  const me = JSON.stringify({ id: randomUUID(), host: hostname(), pid: process.pid, start: await startOf(process.pid) })
  let told = false
  await waitFor({
    what: `the lock ${file}`,
    deadlineMs,
    everyMs: 250,
    signal,
    code: 'lock-held',
    next: `if no meshproof runs, remove ${file}`,
    look: async () => {
      if (await take(file, me)) return { done: true }
      const holder = await holderOf(file)
      if (holder === undefined || (await removeDead(file, holder))) return { seen: 'a lock that was just let go' }
      if (!told) onWait?.(holder.name)
      told = true
      return { seen: `held by ${holder.name}` }
    },
  })
  // Touching cannot bring back a lock that was let go meanwhile; a beat that fails only makes this holder look older.
  const beat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => undefined), BEAT_EVERY)
  beat.unref()
  try {
    return await work()
  } finally {
    clearInterval(beat)
    await letGo(file, me)
  }
}

/** A process that was stopped for long may have been taken over from; then the lock is no longer its own. */
async function letGo(file: string, me: string): Promise<void> {
  const holder = await readFile(file, 'utf8').catch(() => undefined)
  if (holder === me) await rm(file, { force: true })
}

async function take(file: string, me: string): Promise<boolean> {
  try {
    await writeFile(file, me, { flag: 'wx' })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

interface Holder {
  readonly text: string
  readonly name: string
  readonly alive: boolean
}

const record = z.object({ host: z.string(), pid: z.number(), start: z.string() })

async function holderOf(file: string): Promise<Holder | undefined> {
  const [text, age] = await Promise.all([
    readFile(file, 'utf8').catch(() => undefined),
    stat(file).then(
      (stats) => Date.now() - stats.mtimeMs,
      () => 0,
    ),
  ])
  if (text === undefined) return undefined
  const parsed = record.safeParse(jsonOf(text))
  // Cut off between its creation and its first byte; its owner is gone unless it is very young.
  if (!parsed.success) return { text, name: 'a process that did not say its name', alive: age < BEAT_EVERY }
  const { host, pid, start } = parsed.data
  const here = host === hostname()
  return { text, name: `process ${pid} on ${host}`, alive: age < DEAD_AFTER && (!here || (await startOf(pid)) === start) }
}

/** Of all that see the same dead holder one moves its file away; the others find it gone or changed. */
async function removeDead(file: string, holder: Holder): Promise<boolean> {
  if (holder.alive) return false
  const aside = `${file}.${randomUUID()}`
  try {
    await rename(file, aside)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true
    throw error
  }
  const moved = await readFile(aside, 'utf8')
  // Somebody was quicker and holds it already: what was moved is a live lock, which goes back.
  if (moved !== holder.text) await rename(aside, file)
  else await rm(aside, { force: true })
  return true
}

/** When a process started, in ticks since boot; empty when there is no such process. A process id alone may be a new process's. */
async function startOf(pid: number): Promise<string> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return ''
  }
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The second field is the program's name, which may hold spaces and parentheses; see proc(5).
  return status?.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? 'unknown'
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
