import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { EXIT, MeshproofError } from '../error.ts'
import { type LoadedScenarios, loadScenarios } from '../scenario/load.ts'
import type { Scenario } from '../scenario/model.ts'
import { keepCells } from './keep-cells.ts'

const FOLDER = 'scenarios'

interface Wanted {
  readonly path: string
  /** A line of the file; all of it unless said. */
  readonly line?: number
}

/**
 * Loads what arguments name: files, folders, `file.yaml:31`, ids of scenarios in `scenarios/`; all of that folder without any.
 * @throws MeshproofError (exit 2) `no-such-scenario`, `no-such-cell`; those of `loadScenarios`.
 */
export async function selectScenarios(args: readonly string[]): Promise<LoadedScenarios> {
  const wanted = await Promise.all(args.map(findWanted))
  const loaded = await loadScenarios(wanted.map(({ path }) => path))
  const lines = wanted.filter((one) => one.line !== undefined)
  const whole = wanted.filter((one) => one.line === undefined).map(({ path }) => resolve(path))
  const scenarios = loaded.scenarios.map((scenario) => {
    const file = resolve(scenario.where.file)
    if (whole.some((path) => file === path || !relative(path, file).startsWith('..'))) return scenario
    const own = lines.flatMap(({ path, line }) => (resolve(path) === file && line !== undefined ? [line] : []))
    return own.length === 0 ? scenario : atLines(scenario, own)
  })
  return { ...loaded, scenarios }
}

async function findWanted(arg: string): Promise<Wanted> {
  const [, file, line] = /^(.+\.ya?ml):(\d+)$/.exec(arg) ?? []
  if (file !== undefined) return { path: file, line: Number(line) }
  if (existsSync(arg) || /[/\\]|\.ya?ml$/.test(arg)) return { path: arg }
  const entries = existsSync(FOLDER) ? await readdir(FOLDER, { recursive: true }) : []
  const files = entries.filter((entry) => /\.ya?ml$/.test(entry))
  const idOf = (entry: string) => basename(entry).replace(/\.ya?ml$/, '')
  const found = files.find((entry) => idOf(entry) === arg)
  if (found !== undefined) return { path: join(FOLDER, found) }
  throw new MeshproofError({
    code: 'no-such-scenario',
    message: `there is no scenario ${arg}`,
    expected: `a file, a folder, file.yaml:LINE, or one of ${files.map(idOf).sort().join(', ')}`,
    exit: EXIT.usage,
  })
}

/** A line of a table or of a single probe selects its cells; the line of a step all of the step's. */
function atLines(scenario: Scenario, lines: readonly number[]): Scenario {
  const chosen = new Set<string>()
  for (const line of lines) {
    const step = scenario.steps.find(({ where }) => where.line === line)
    const cells = step?.cells ?? scenario.steps.flatMap((one) => one.cells).filter(({ where }) => where.line === line)
    if (cells.length === 0) throw noSuchCell(scenario, line)
    for (const { id } of cells) chosen.add(id)
  }
  return keepCells(scenario, ({ id }) => chosen.has(id))
}

function noSuchCell(scenario: Scenario, line: number): MeshproofError {
  const all = [...new Set(scenario.steps.flatMap((step) => [step.where.line, ...step.cells.map(({ where }) => where.line)]))]
  const near = all.sort((a, b) => Math.abs(a - line) - Math.abs(b - line)).slice(0, 3)
  return new MeshproofError({
    code: 'no-such-cell',
    message: `line ${line} of ${scenario.where.file} holds no cell and begins no step`,
    next: `try ${near.map((one) => `${scenario.where.file}:${one}`).join(', ')}`,
    exit: EXIT.usage,
  })
}
