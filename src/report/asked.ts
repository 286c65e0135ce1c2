import type { Cell, Question } from '../scenario/model.ts'
import { formatToken } from '../scenario/token.ts'
import { plural } from './duration.ts'
import type { CellRecord } from './record-schema.ts'

/** Who asks whom what, in words. */
export interface Asked {
  readonly from: string
  readonly to: string
  readonly asks: string
}

/** The words for a cell: the heads of its row and its column, and the title of its table. */
export function askedBy({ from, to, question }: Pick<Cell, 'from' | 'to' | 'question'>): Asked {
  return { from: from.text, to: destinationText(to), asks: formatQuestion(question) }
}

/** The same for a cell that was recorded. */
export function askedInRecord({ from, to, asks }: CellRecord): Asked {
  return { from: from.text, to: destinationText(to), asks }
}

/** `sleep.foo → httpbin.foo:8000 GET /ip, x-token: guest`: a cell's name in reports. */
export function formatAsked({ from, to, asks }: Asked): string {
  return `${from} → ${to} ${asks}`
}

/** A question in words: `GET /get, x-token: guest, token expired`. */
export function formatQuestion(question: Question): string {
  if (question.kind === 'tcp') return `tcp ${question.line}`
  const headers = Object.entries(question.headers).map(([name, value]) => `${name}: ${value}`)
  const token = question.token ? [`token ${formatToken(question.token)}`] : []
  const body = question.body === undefined ? [] : [`body of ${plural(Buffer.byteLength(question.body), 'byte')}`]
  return [`${question.method} ${question.path}`, ...headers, ...token, ...body].join(', ')
}

function destinationText(to: Pick<Cell, 'to'>['to'] | CellRecord['to']): string {
  return to.kind === 'gateway' ? `${to.text} (${to.host})` : to.text
}
