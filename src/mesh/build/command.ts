import { ExecaError, execa } from 'execa'
import { MeshproofError } from '../../error.ts'

interface CommandOptions {
  readonly signal: AbortSignal
  /** What the command is for, as it reads after "could not": `build kind 0.33.0`. */
  readonly purpose: string
  /** What the reader can do when it fails. */
  readonly next: string
  /** Bound in milliseconds; 30 minutes unless said. */
  readonly deadlineMs?: number
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

const HALF_AN_HOUR = 30 * 60_000

/**
 * Runs a program to its end and returns what it wrote to stdout.
 * @throws MeshproofError `command-missing` when there is no such program, `command-failed` with the last lines of its output otherwise.
 */
export async function command(file: string, args: readonly string[], options: CommandOptions): Promise<string> {
  try {
    const { stdout } = await execa(file, args, { ...settings(options), all: true, encoding: 'utf8', lines: false })
    return stdout
  } catch (error) {
    options.signal.throwIfAborted()
    throw failure({ file, args, error, purpose: options.purpose, next: options.next })
  }
}

function settings({ signal, deadlineMs = HALF_AN_HOUR, cwd, env, input }: CommandOptions) {
  return {
    cancelSignal: signal,
    timeout: deadlineMs,
    forceKillAfterDelay: 5_000,
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  }
}

interface Failure {
  readonly file: string
  readonly args: readonly string[]
  readonly error: unknown
  readonly purpose: string
  readonly next: string
}

/** Pure: what is said of a command that did not succeed. */
export function failure({ file, args, error, purpose, next }: Failure): MeshproofError {
  if (!(error instanceof ExecaError)) throw error
  if (error.code === 'ENOENT') {
    return new MeshproofError({
      code: 'command-missing',
      message: `Could not ${purpose}: there is no \`${file}\` on the PATH`,
      next: `install ${file} and run the same command again`,
      cause: error.cause,
    })
  }
  return new MeshproofError({
    code: 'command-failed',
    message: `Could not ${purpose}: \`${[file, ...args.slice(0, 3)].join(' ')}${args.length > 3 ? ' …' : ''}\` ${ending(error)}`,
    seen: lastLines(String(error.all ?? error.stderr ?? '')) || 'no output',
    next,
  })
}

function ending(error: ExecaError): string {
  if (error.timedOut) return 'did not end in time'
  if (error.signal) return `was ended by ${error.signal}`
  return `ended with ${error.exitCode ?? error.code ?? 'no exit code'}`
}

const LAST_LINES = 12

function lastLines(output: string): string {
  const lines = output.split(/\r?\n|\r/).filter((line) => line.trim() !== '')
  return lines.slice(-LAST_LINES).join('\n            ')
}
