import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { EXIT, MeshproofError } from '../error.ts'
import type { Attempt, CellResult, RunResult, ScenarioResult, Seen, StepResult } from '../run/result.ts'
import { formatDeclared } from '../scenario/format.ts'
import type { Watch } from '../scenario/model.ts'
import { askedBy, formatAsked } from './asked.ts'
import { countCells, countChecks } from './checks.ts'
import { type AttemptRecord, type CellRecord, type RunRecord, runRecord } from './record-schema.ts'
import { explainCell } from './sentence.ts'
import { writeWhole } from './write-whole.ts'

/** The record's name in the results folder. */
export const RECORD_FILE = 'report.json'

/** The whole run as plain data. Pure. */
export function toRecord(result: RunResult): RunRecord {
  const { mesh } = result
  return {
    version: 1,
    id: result.id,
    startedAt: result.startedAt,
    ms: result.ms,
    verdict: result.verdict,
    interrupted: result.interrupted,
    // The kubeconfig's path is this machine's own business.
    mesh: mesh && {
      context: mesh.context,
      cluster: mesh.clusterName,
      imageSource: mesh.source,
      istio: mesh.istioVersion,
      proxyBuild: mesh.proxyBuild,
      kubernetes: mesh.kubernetesVersion,
      images: [...mesh.images],
    },
    harness: result.harness,
    cells: countCells(result),
    checks: countChecks(result),
    causes: [...result.causes],
    scenarios: result.scenarios.map(toScenario),
  }
}

/**
 * Writes the record into the results folder, as a whole or not at all.
 * @returns the file's path.
 * @throws MeshproofError `report-not-written`.
 */
export async function writeRecord(result: RunResult, dir: string): Promise<string> {
  const file = join(dir, RECORD_FILE)
  await writeWhole(file, `${JSON.stringify(toRecord(result), undefined, 2)}\n`)
  return file
}

/** The record that a path means: the file itself, or the one in a results folder. */
export function findRecord(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, RECORD_FILE) : path
}

/**
 * Reads a record and checks every field of it.
 * @throws MeshproofError `record-missing`, `record-truncated` (no whole JSON), `record-foreign` (not ours, or of another version),
 * `record-damaged` (ours, but a field is not what it must be); all end with exit code 2.
 */
export async function readRecord(file: string): Promise<RunRecord> {
  const data = parse(await read(file), file)
  if (typeof data !== 'object' || data === null || !('version' in data) || data.version !== 1 || !('scenarios' in data)) {
    const version =
      typeof data === 'object' && data !== null && 'version' in data ? `version ${JSON.stringify(data.version)}` : 'no version'
    throw refused({
      code: 'record-foreign',
      message: `${file} is not a record of this meshproof`,
      expected: 'a record of version 1',
      seen: version,
    })
  }
  const checked = runRecord.safeParse(data)
  if (checked.success) return checked.data
  throw refused({
    code: 'record-damaged',
    message: `${file} is a record, but not a sound one`,
    seen: issuesText(checked.error),
  })
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw refused({ code: 'record-missing', message: `${file} cannot be read`, seen: messageOf(cause), cause })
  }
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const seen = `${text.length} characters that end in ${JSON.stringify(text.slice(-40))}`
    throw refused({ code: 'record-truncated', message: `${file} holds no whole JSON; it was cut or is no record`, seen, cause })
  }
}

/** The first three of the fields that are wrong: `scenarios.0.verdict: Invalid option…`. */
function issuesText(error: z.ZodError): string {
  const first = error.issues.slice(0, 3).map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  const more = error.issues.length - first.length
  return [...first, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

function refused(facts: { code: string; message: string; expected?: string; seen?: string; cause?: unknown }): MeshproofError {
  return new MeshproofError({ ...facts, next: `name a ${RECORD_FILE} that a run has written`, exit: EXIT.usage })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function toScenario(result: ScenarioResult): RunRecord['scenarios'][number] {
  const { scenario } = result
  return {
    id: scenario.id,
    title: scenario.title,
    story: scenario.story,
    reference: scenario.reference,
    tags: [...scenario.tags],
    where: scenario.where,
    sourceSha256: createHash('sha256').update(scenario.source).digest('hex'),
    verdict: result.verdict,
    causes: [...result.causes],
    ms: result.ms,
    steps: result.steps.map((step) => toStep(step, result)),
  }
}

function toStep(step: StepResult, result: ScenarioResult): RunRecord['scenarios'][number]['steps'][number] {
  return {
    index: step.index,
    title: step.title,
    where: result.scenario.steps.find((one) => one.index === step.index)?.where ?? result.scenario.where,
    verdict: step.verdict,
    causes: [...step.causes],
    changes: step.changes.map((change) => ({ ...change, warnings: [...change.warnings] })),
    settleMs: step.settleMs,
    altered: [...step.altered],
    timeToEnforceMs: step.timeToEnforceMs,
    ms: step.ms,
    logs: step.logs?.map((log) => ({ ...log, contains: [...log.contains], lines: [...log.lines] })),
    cells: step.cells.map(toCell),
    leftOut: step.leftOut?.map(({ cell, reason }) => ({
      name: formatAsked(askedBy(cell)),
      where: cell.where,
      declared: formatDeclared(cell.declared),
      reason,
    })),
  }
}

function toCell(result: CellResult): CellRecord {
  const { cell } = result
  return {
    id: cell.id,
    from: cell.from,
    to: cell.to,
    question: cell.question,
    asks: askedBy(cell).asks,
    declared: {
      text: formatDeclared(cell.declared),
      ...cell.declared,
      sees: [...cell.declared.sees],
      lacks: cell.declared.lacks && [...cell.declared.lacks],
    },
    enforcedWithinMs: cell.enforcedWithinMs,
    watch: cell.watch && toWatch(cell.watch),
    turnedAfterMs: result.turnedAfterMs,
    where: cell.where,
    verdict: result.verdict,
    observed: result.observed && toSeen(result.observed),
    cause: result.cause,
    account: explainCell(result),
    timeToEnforceMs: result.timeToEnforceMs,
    attempts: result.attempts.map(toAttempt),
  }
}

function toWatch({ turn, ...watch }: Watch): NonNullable<CellRecord['watch']> {
  return turn ? { ...watch, turn: { ...turn, to: formatDeclared(turn.to) } } : watch
}

function toAttempt(attempt: Attempt): AttemptRecord {
  return { ...attempt, seen: attempt.seen && toSeen(attempt.seen) }
}

function toSeen(seen: Seen): NonNullable<CellRecord['observed']> {
  return { text: formatDeclared(seen), ...seen, missing: seen.missing && [...seen.missing], unwanted: seen.unwanted && [...seen.unwanted] }
}
