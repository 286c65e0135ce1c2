import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse, parseAllDocuments } from 'yaml'
import { EXIT, MeshproofError } from '../error.ts'
import { DEFAULT_SURROUNDINGS, type Surroundings } from './draft.ts'
import type { Scenario } from './model.ts'
import { parseScenario, scenarioId } from './parse.ts'
import { type Problem, problemAt, sortProblems } from './problem.ts'

const VERSIONS_FILE = fileURLToPath(new URL('../../kind/versions.yaml', import.meta.url))
const APPS_FOLDER = fileURLToPath(new URL('../../kind/apps/', import.meta.url))
const DEFAULT_FOLDER = 'scenarios'

export interface LoadedScenarios {
  /** The scenarios of the files without an error, by path. */
  readonly scenarios: readonly Scenario[]
  /** The problems of all files. */
  readonly problems: readonly Problem[]
}

/**
 * Reads scenario files.
 * @param paths files, or folders that are searched to their bottom for `.yaml` and `.yml`; the folder `scenarios` where there are none
 * @throws MeshproofError `no-such-path` for a path that is not there, `no-scenarios` where the paths hold no scenario file
 */
export async function loadScenarios(paths: readonly string[]): Promise<LoadedScenarios> {
  const wanted = paths.length > 0 ? paths : [DEFAULT_FOLDER]
  const files = [...new Set((await Promise.all(wanted.map(findFiles))).flat())].sort()
  if (files.length === 0) {
    throw new MeshproofError({
      code: 'no-scenarios',
      message: `there is no scenario file in ${wanted.join(', ')}`,
      expected: 'files that end in .yaml or .yml',
      exit: EXIT.usage,
    })
  }
  const surroundings = await findSurroundings()
  const parsed = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(file, 'utf8')
      return { file, text, ...parseScenario(file, text, surroundings) }
    }),
  )
  const twins = parsed.flatMap(({ file, text }, index) => twinProblem({ file, text, earlier: files.slice(0, index) }))
  const twinFiles = twins.map(({ where }) => where.file)
  return {
    scenarios: parsed.flatMap(({ file, scenario }) => (scenario && !twinFiles.includes(file) ? scenario : [])),
    problems: sortProblems([...parsed.flatMap(({ problems }) => problems), ...twins]),
  }
}

async function findFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new MeshproofError({
      code: 'no-such-path',
      message: `${path} is not there`,
      next: 'name a scenario file or a folder of them',
      exit: EXIT.usage,
      cause,
    })
  })
  if (!found.isDirectory()) return [tidy(path)]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name)).map((entry) => tidy(join(entry.parentPath, entry.name)))
}

/** Paths read best from where the reader stands, so long as the file is below it. */
function tidy(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}

async function findSurroundings(): Promise<Surroundings> {
  const files = await readdir(APPS_FOLDER).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return []
    throw cause
  })
  const manifests = files.filter((file) => file.endsWith('.yaml'))
  if (manifests.length === 0) return DEFAULT_SURROUNDINGS
  const services = await Promise.all(
    manifests.map(async (file) => [basename(file, '.yaml'), servicesIn(await readFile(join(APPS_FOLDER, file), 'utf8'))] as const),
  )
  return { apps: services.map(([app]) => app), services: Object.fromEntries(services), lines: await findLines() }
}

/** The pinned Istio lines. What is wrong with their file is told where it is used. */
async function findLines(): Promise<string[]> {
  const versions = parse(await readFile(VERSIONS_FILE, 'utf8')) as { istio?: { lines?: Readonly<Record<string, unknown>> } } | null
  return Object.keys(versions?.istio?.lines ?? {})
}

function servicesIn(manifest: string): string[] {
  const objects = parseAllDocuments(manifest).map((document) => document.toJS() as { kind?: string; metadata?: { name?: string } } | null)
  return objects.flatMap((object) => (object?.kind === 'Service' ? (object.metadata?.name ?? []) : []))
}

function twinProblem({ file, text, earlier }: { file: string; text: string; earlier: readonly string[] }): Problem[] {
  const twin = earlier.find((other) => scenarioId(other) === scenarioId(file))
  if (twin === undefined) return []
  const [sourceLine = ''] = text.split(/\r?\n/)
  const place = { where: { file, line: 1, column: 1 }, length: Math.max(1, sourceLine.length), sourceLine }
  const message = `\`${scenarioId(file)}\` is the id of ${twin} too`
  return [problemAt(place, { code: 'duplicate-id', message, next: 'rename one of the files' })]
}
