import { access } from 'node:fs/promises'
import { ExecaError, execa } from 'execa'
import { MeshproofError } from '../error.ts'
import { waitFor } from '../wait.ts'
import { command } from './build/command.ts'
import type { Permission } from './build/consent.ts'
import { startDaemon } from './build/daemon.ts'
import { findProgram, installPackages } from './build/system-packages.ts'

/** A container engine that answers. */
export interface Engine {
  /** The Docker command-line client. */
  readonly docker: string
  /** Version of the engine, not of the client: `20.10.24`. */
  readonly version: string
  /** What every call of the client needs in its environment. */
  readonly env: Readonly<Record<string, string>>
}

/** Bound of one question to the engine, in milliseconds. */
const ANSWER_WITHIN = 10_000
/** Bound of the wait for an engine that was just started, in milliseconds. */
const UP_WITHIN = 60_000

/**
 * Finds a container engine that answers; where none does, root gets Debian's installed and started.
 * @throws MeshproofError `engine-denied`, `engine-unreachable`, `engine-stopped`, `install-…`, each with the exact commands.
 */
export async function ensureEngine(permission: Permission): Promise<Engine> {
  const { signal } = permission
  const first = await askEngine(signal)
  if (first.kind === 'answers') return first.engine
  if (first.kind === 'denied') {
    throw new MeshproofError({
      code: 'engine-denied',
      message: 'The container engine runs, and this user may not talk to it',
      seen: first.seen,
      next: 'sudo usermod -aG docker "$USER", then log in again',
    })
  }
  if (process.env['DOCKER_HOST']) {
    throw new MeshproofError({
      code: 'engine-unreachable',
      message: 'The container engine that DOCKER_HOST names does not answer',
      expected: `an answer from ${process.env['DOCKER_HOST']} within ${ANSWER_WITHIN / 1000} s`,
      seen: first.seen,
      next: 'start it, or unset DOCKER_HOST',
    })
  }
  if (!(await findProgram('dockerd')) || first.kind === 'no-client') {
    await installPackages({
      ...permission,
      packages: ['docker.io', 'iptables'],
      purpose: 'run containers',
      cost: 'about a minute, 300 MB',
    })
  }
  const log = await startEngine(permission)
  return waitFor({
    what: 'the container engine that was just started',
    deadlineMs: UP_WITHIN,
    everyMs: 250,
    signal,
    code: 'engine-did-not-start',
    next: log,
    look: async (bounded) => {
      const answer = await askEngine(bounded)
      return answer.kind === 'answers' ? { done: answer.engine } : { seen: answer.seen }
    },
  })
}

type Answer =
  | { readonly kind: 'answers'; readonly engine: Engine }
  | { readonly kind: 'denied' | 'silent' | 'no-client'; readonly seen: string }

async function askEngine(signal: AbortSignal): Promise<Answer> {
  try {
    const { stdout } = await execa('docker', ['version', '--format', '{{.Server.Version}}'], {
      cancelSignal: signal,
      timeout: ANSWER_WITHIN,
    })
    // The client may be newer than the engine and then asks for a builder that the engine does not have.
    return { kind: 'answers', engine: { docker: 'docker', version: stdout.trim(), env: { DOCKER_BUILDKIT: '0' } } }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof ExecaError)) throw error
    const seen = String(error.stderr ?? '').trim() || error.shortMessage
    if (error.code === 'ENOENT') return { kind: 'no-client', seen: 'there is no docker on the PATH' }
    return { kind: seen.includes('permission denied') ? 'denied' : 'silent', seen }
  }
}

/** Starts the engine in the way of this system; returns where to look when it does not come up. */
async function startEngine({ install, signal, progress }: Permission): Promise<string> {
  const systemd = (await findProgram('systemctl')) !== undefined && (await isBootedWithSystemd())
  const byHand = systemd ? 'sudo systemctl start docker' : 'sudo dockerd'
  if (!install || process.getuid?.() !== 0) {
    throw new MeshproofError({
      code: 'engine-stopped',
      message: `The container engine is installed and does not run; ${install ? 'only root can start it' : '--no-install was given'}`,
      next: byHand,
    })
  }
  progress({ kind: 'note', text: 'Starting the container engine.' })
  if (systemd) {
    await command('systemctl', ['start', 'docker'], { signal, purpose: 'start the container engine', next: 'journalctl -u docker' })
    return 'journalctl -u docker'
  }
  const { log } = await startDaemon({ signal })
  return `look at the end of ${log}`
}

// The folder that systemd documents for this question, see sd_booted(3).
async function isBootedWithSystemd(): Promise<boolean> {
  return access('/run/systemd/system').then(
    () => true,
    () => false,
  )
}
