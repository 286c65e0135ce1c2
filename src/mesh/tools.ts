import { join } from 'node:path'
import { execa } from 'execa'
import { findGo } from './build/go.ts'
import { makeSource } from './build/make-source.ts'
import { kubernetesPrograms, toolPrograms } from './build/programs.ts'
import { findProgram } from './build/system-packages.ts'
import { entryPath, isMade } from './cache.ts'
import type { Progress, Tools } from './types.ts'
import { readVersions, type Versions } from './versions.ts'

interface Wanted {
  /** `go` only where something will be built. */
  readonly need: readonly (keyof Tools)[]
  readonly signal: AbortSignal
  readonly progress: Progress
}

type Tool = 'kind' | 'helm' | 'kubectl'

const ALL: readonly Tool[] = ['kind', 'helm', 'kubectl']
const ASK_VERSION: Record<Tool, readonly string[]> = {
  kind: ['version'],
  helm: ['version', '--short'],
  kubectl: ['version', '--client'],
}

/**
 * Finds the programs on the PATH, where they are new enough, and builds the others with Go.
 * A program that is not needed and not there keeps its bare name.
 * @throws MeshproofError `go-missing` or `go-too-old` when something has to be built without a Go that can.
 */
export async function ensureTools({ need, signal, progress }: Wanted): Promise<Tools> {
  const versions = await readVersions()
  const places: Record<Tool, string> = { kind: 'kind', helm: 'helm', kubectl: 'kubectl' }
  for (const tool of ALL) {
    if (!need.includes(tool)) continue
    places[tool] = (await onPath(tool, versions, signal)) ?? (await built({ tool, versions, signal, progress }))
  }
  return need.includes('go') ? { ...places, go: await findGo(signal) } : places
}

async function onPath(tool: Tool, versions: Versions, signal: AbortSignal): Promise<string | undefined> {
  const file = await findProgram(tool)
  if (!file) return undefined
  const { stdout, failed } = await execa(file, ASK_VERSION[tool], { cancelSignal: signal, reject: false, timeout: 15_000, stdin: 'ignore' })
  signal.throwIfAborted()
  return !failed && isAtLeast(stdout, versions.tools[tool].least) ? file : undefined
}

/** Pure: whether the first version that a program names is at least another one. */
export function isAtLeast(output: string, least: string): boolean {
  const seen = /v?(\d+)\.(\d+)\.(\d+)/.exec(output)?.slice(1, 4).map(Number)
  if (!seen) return false
  const wanted = least.split('.').map(Number)
  for (const [index, part] of wanted.entries()) {
    const difference = (seen[index] ?? 0) - part
    if (difference !== 0) return difference > 0
  }
  return true
}

interface Build {
  readonly tool: Tool
  readonly versions: Versions
  readonly signal: AbortSignal
  readonly progress: Progress
}

async function built({ tool, versions, signal, progress }: Build): Promise<string> {
  if (tool === 'kubectl') {
    const all = await kubernetesPrograms(versions)
    if (await isMade(all)) return join(entryPath(all), tool)
  }
  const source = tool === 'kubectl' ? await kubernetesPrograms(versions, ['kubectl']) : toolPrograms(versions, tool)
  if (await isMade(source)) return join(entryPath(source), tool)
  const title = `building ${source.name}`
  const started = Date.now()
  progress({ kind: 'start', title })
  const folder = await makeSource(source, { go: await findGo(signal), signal, progress })
  progress({ kind: 'end', title, ms: Date.now() - started })
  return join(folder, tool)
}
