import type { Declared, Outcome } from './model.ts'
import { type Fault, type PolicyName, readDecider } from './names.ts'
import { suggest } from './suggest.ts'

const WIRES = ['mtls', 'plain'] as const
const OUTCOMES = { http: ['reset', 'tls-failed'], tcp: ['echo', 'closed'] } as const

interface CellText {
  /** `403 mtls by deny-get`. */
  readonly text: string
  readonly protocol: 'http' | 'tcp'
  readonly policies: readonly PolicyName[]
}

/** A cell that could not be read; `start` and `end` bound the part of its text that is meant. */
export type CellFault = Fault & { readonly code: string; readonly start: number; readonly end: number }

/** Reads a cell's `outcome [wire] [by decider]`. */
export function readDeclared(cell: CellText): Omit<Declared, 'sees' | 'lacks'> | CellFault {
  const words = [...cell.text.matchAll(/\S+/g)].map((match) => ({ text: match[0], start: match.index, end: match.index + match[0].length }))
  const [outcomeWord, ...rest] = words
  if (!outcomeWord) return { code: 'bad-cell', reason: 'nothing is declared', next: CELL_FORM, start: 0, end: 1 }
  const outcome = readOutcome(outcomeWord.text, cell.protocol)
  if (typeof outcome !== 'string') return { ...outcome, start: outcomeWord.start, end: outcomeWord.end }

  const wireWord = rest[0] && rest[0].text !== 'by' ? rest.shift() : undefined
  const wire = WIRES.find((candidate) => candidate === wireWord?.text)
  if (wireWord && !wire) {
    const next = suggest(wireWord.text, WIRES) ?? CELL_FORM
    return { code: 'bad-cell', reason: `\`${wireWord.text}\` is neither a wire nor \`by\``, next, start: wireWord.start, end: wireWord.end }
  }

  const [byWord, deciderWord, extra] = rest
  if (byWord && byWord.text !== 'by') {
    return { code: 'bad-cell', reason: `\`${byWord.text}\` is not \`by\``, next: CELL_FORM, start: byWord.start, end: byWord.end }
  }
  if (byWord && !deciderWord)
    return { code: 'bad-cell', reason: 'after `by` comes who decided', next: CELL_FORM, start: byWord.start, end: byWord.end }
  if (extra) return { code: 'bad-cell', reason: `\`${extra.text}\` is too much`, next: CELL_FORM, start: extra.start, end: extra.end }
  if (!deciderWord) return { outcome, ...(wire ? { wire } : {}) }

  const by = readDecider(deciderWord.text, cell.policies)
  if ('reason' in by) return { ...by, code: 'unknown-decider', start: deciderWord.start, end: deciderWord.end }
  return { outcome, ...(wire ? { wire } : {}), by }
}

const CELL_FORM = 'a cell is `outcome [mtls|plain] [by decider]`; two or more spaces part the columns'

function readOutcome(text: string, protocol: 'http' | 'tcp'): Outcome | (Fault & { code: string }) {
  const own = OUTCOMES[protocol].find((candidate) => candidate === text)
  if (own) return own
  const status = /^[1-5]\d\d$/.test(text)
  if (status && protocol === 'http') return text as Outcome
  const other = protocol === 'http' ? 'tcp' : 'http'
  if (status || OUTCOMES[other].some((candidate) => candidate === text)) {
    return { code: 'outcome-misfit', reason: `\`${text}\` cannot be the outcome of a ${protocol} probe`, next: formOf(protocol) }
  }
  return { code: 'bad-cell', reason: `\`${text}\` is not an outcome`, next: suggest(text, OUTCOMES[protocol]) ?? formOf(protocol) }
}

function formOf(protocol: 'http' | 'tcp'): string {
  return protocol === 'http' ? 'http: a status, `reset` or `tls-failed`' : 'tcp: `echo` or `closed`'
}
