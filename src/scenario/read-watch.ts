import { readDeclared } from './declared.ts'
import type { Path, SourceDocument } from './document.ts'
import type { Bounds, Watch } from './model.ts'
import type { PolicyName } from './names.ts'
import { type Place, type Problem, problemAt, type Word } from './problem.ts'
import { wordAt } from './word-at.ts'

interface RawWatch {
  readonly over?: number | undefined
  readonly every?: number | undefined
  readonly turns?: { readonly to: string; readonly between: readonly [number, number] } | undefined
  readonly 'enforced within'?: number | undefined
}

interface WatchItem {
  readonly document: SourceDocument
  /** Of the expect item. */
  readonly path: Path
  readonly raw: RawWatch
  readonly protocol: 'http' | 'tcp'
  readonly policies: readonly PolicyName[]
  readonly bounds: Bounds
}

interface Reading {
  readonly watch?: Watch
  /** What it turns to, as written. */
  readonly turn?: Word
  readonly problems: readonly Problem[]
}

const EVERY_MS = 2_000
const LEAST_MS = 200
const MOST_QUESTIONS = 600

/** Reads how a single-line probe is watched over time; nothing where it is not. */
export function readWatch(item: WatchItem): Reading {
  const { document, path, raw } = item
  const at = (...keys: string[]) => document.place([...path, ...keys])
  const { over: overMs, every: everyMs = EVERY_MS, turns } = raw
  if (overMs === undefined) {
    const stray = (['every', 'turns'] as const).filter((key) => document.has([...path, key]) && !document.has([...path, 'over']))
    return {
      problems: stray.map((key) =>
        problemAt(document.keyPlace([...path, key]), {
          code: 'misplaced-key',
          message: `\`${key}\` says nothing without \`over\``,
          next: 'add `over: …`, how long to watch',
        }),
      ),
    }
  }
  const problems: Problem[] = []
  const wrong = (place: Place, message: string, next?: string) =>
    problems.push(problemAt(place, { code: 'wrong-value', message, ...(next ? { next } : {}) }))
  if (everyMs < LEAST_MS) wrong(at('every'), `at least ${LEAST_MS}ms lie between two questions`)
  else if (overMs / everyMs > MOST_QUESTIONS)
    wrong(at('over'), `these are ${Math.ceil(overMs / everyMs)} questions; ${MOST_QUESTIONS} are enough`)
  if (raw['enforced within'] !== undefined) {
    const message = '`enforced within` has no meaning for a cell that is watched'
    problems.push(problemAt(document.keyPlace([...path, 'enforced within']), { code: 'misplaced-key', message, next: 'leave it out' }))
  }
  if (!turns) return { watch: { overMs, everyMs }, problems }

  const [earliestMs, latestMs] = turns.between
  const { answers } = item.bounds
  if (earliestMs >= latestMs || latestMs >= overMs) {
    wrong(at('turns', 'between'), 'the earliest moment comes before the latest, and that before the end', `\`over\` is ${overMs / 1_000}s`)
  } else if (earliestMs / everyMs < answers || (overMs - latestMs) / everyMs < answers) {
    const message = `at least ${answers} questions have to be asked before the earliest moment, and after the latest`
    wrong(at('turns', 'between'), message, `one is asked every ${everyMs / 1_000}s`)
  }
  const turn = wordAt(document, [...path, 'turns', 'to'], turns.to)
  const to = readDeclared({ text: turns.to, protocol: item.protocol, policies: item.policies })
  if ('reason' in to) {
    const place = { ...turn, where: { ...turn.where, column: turn.where.column + to.start }, length: to.end - to.start }
    const { code, reason: message, next } = to
    return { problems: [...problems, problemAt(place, { code, message, ...(next ? { next } : {}) })] }
  }
  return { watch: { overMs, everyMs, turn: { to: { ...to, sees: [] }, earliestMs, latestMs } }, turn, problems }
}
