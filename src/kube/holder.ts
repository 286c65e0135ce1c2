import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { execa } from 'execa'

/** Who holds the lease: one process, told apart from a later one with the same number and from one on another machine. */
export interface Holder {
  readonly host: string
  /** This boot of the machine, and the process number space within it (a container has its own); empty where unknown. */
  readonly boot: string
  readonly pid: number
  /** When the process started, in the system's own notation. */
  readonly started: string
  readonly run: string
}

/** This process as a holder. */
export async function thisHolder(run: string): Promise<Holder> {
  return { host: hostname(), boot: await boot(), pid: process.pid, started: await startOf(process.pid), run }
}

/**
 * Whether the holder's process is there. `unknown` for another machine or container: two machines may share a name,
 * so only the same boot and process space can be looked into.
 */
export async function stateOf(holder: Holder): Promise<'alive' | 'dead' | 'unknown'> {
  if (holder.boot === '' || holder.host !== hostname() || holder.boot !== (await boot())) return 'unknown'
  return (await startOf(holder.pid)) === holder.started ? 'alive' : 'dead'
}

/** The text of a Lease's holderIdentity. */
export function writeHolder({ host, boot: booted, pid, started, run }: Holder): string {
  return JSON.stringify({ host, boot: booted, pid, started, run })
}

/** Undefined for a text that is not ours. */
export function readHolder(text: string): Holder | undefined {
  try {
    const { host, boot: booted, pid, started, run } = JSON.parse(text) as Partial<Holder>
    if (typeof host !== 'string' || typeof pid !== 'number') return undefined
    return { host, boot: booted ?? '', pid, started: started ?? '', run: run ?? '' }
  } catch {
    return undefined
  }
}

async function boot(): Promise<string> {
  if (process.platform === 'linux') {
    const id = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    return `${id.trim()} ${await readlink('/proc/self/ns/pid')}`
  }
  const asked = await execa('sysctl', ['-n', 'kern.bootsessionuuid'], { reject: false })
  return asked.exitCode === 0 ? asked.stdout.trim() : ''
}

/** Empty for a process that is not there; a zombie is not there either. */
async function startOf(pid: number): Promise<string> {
  if (process.platform !== 'linux') {
    const asked = await execa('ps', ['-o', 'lstart=', '-p', String(pid)], { reject: false })
    return asked.exitCode === 0 ? asked.stdout.trim() : ''
  }
  let stat: string
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ESRCH') return ''
    throw error
  }
  // proc_pid_stat(5): the name in parentheses may hold spaces; after it come the state (field 3) and, as field 22, the start.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '')
}
