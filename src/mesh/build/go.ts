import { z } from 'zod'
import { MeshproofError } from '../../error.ts'
import { command } from './command.ts'
import { findProgram } from './system-packages.ts'

/** Go 1.21 is the first that fetches the newer toolchain a module asks for. */
const LEAST = [1, 21] as const

/** Static programs that do not depend on where they were built. The user's own flags must not change what is built. */
export function goEnvironment(): Record<string, string> {
  return { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -trimpath', GOWORK: 'off' }
}

/** Finds a Go that can build everything. @throws MeshproofError `go-missing`, `go-too-old` with what to do. */
export async function findGo(signal: AbortSignal): Promise<string> {
  const go = await findProgram('go')
  const next =
    'install Go 1.26 or newer from https://go.dev/doc/install and put its bin folder on the PATH (the one of Debian 12 is too old), or use --images registry'
  if (!go) {
    throw new MeshproofError({
      code: 'go-missing',
      message: 'To build kind, Istio and Kubernetes, this machine needs Go, and it is not there',
      next,
    })
  }
  const seen = await command(go, ['env', 'GOVERSION'], { signal, purpose: 'ask Go for its version', next, deadlineMs: 30_000 })
  if (isNewEnough(seen)) return go
  throw new MeshproofError({
    code: 'go-too-old',
    message: 'The Go on the PATH is too old',
    expected: `at least ${LEAST.join('.')}`,
    seen: `${seen} in ${go}`,
    next,
  })
}

/** Pure: whether the answer of `go env GOVERSION` (`go1.26.8`) is one that can build everything. A development build is taken as new. */
export function isNewEnough(goVersion: string): boolean {
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(goVersion) ?? []
  if (major === undefined || minor === undefined) return true
  return Number(major) > LEAST[0] || (Number(major) === LEAST[0] && Number(minor) >= LEAST[1])
}

/** The source folder of a module (`path@version`), fetched if need be. It is Go's own: read only. */
export async function moduleFolder({
  module,
  go,
  signal,
}: {
  readonly module: string
  readonly go: string
  readonly signal: AbortSignal
}): Promise<string> {
  const answer = await command(go, ['mod', 'download', '-json', module], {
    signal,
    purpose: `fetch the Go module ${module}`,
    next: 'it comes from the network: try again when it is there',
    env: goEnvironment(),
  })
  return z.object({ Dir: z.string() }).parse(JSON.parse(answer)).Dir
}
