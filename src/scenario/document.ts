import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  stringify,
  visit,
} from 'yaml'
import { type Place, type Problem, problemAt } from './problem.ts'

/** Keys and indexes from the top of the file. */
export type Path = readonly PropertyKey[]

/** A line of a block scalar as the file has it, indentation included, so that columns are the file's. */
export interface BlockLine {
  readonly line: number
  readonly text: string
}

/** A YAML file with the way back from every value to its place. */
export class SourceDocument {
  readonly file: string
  readonly text: string
  readonly problems: readonly Problem[]
  /** Whether the text could be read as YAML; duplicate keys do not prevent that. */
  readonly readable: boolean
  private readonly lines: readonly string[]
  private readonly counter = new LineCounter()
  private readonly document: Document.Parsed

  constructor(file: string, text: string) {
    this.file = file
    this.text = text
    this.lines = text.split(/\r?\n/)
    this.document = parseDocument(text, { lineCounter: this.counter, prettyErrors: false })
    const faults: SyntaxFault[] = [...this.document.errors, ...this.document.warnings, ...openAliases(this.document)]
    this.readable = faults.every((fault) => fault.code === 'DUPLICATE_KEY')
    this.problems = faults.map((fault) => {
      if (fault.code !== 'DUPLICATE_KEY') return problemAt(this.placeOf(...fault.pos), { code: 'yaml-syntax', message: fault.message })
      const key = this.keyAt(fault.pos[0])
      return problemAt(this.placeOf(fault.pos[0], fault.pos[0] + key.length), {
        code: 'duplicate-key',
        message: `the key \`${key}\` is there twice`,
      })
    })
  }

  /** The plain value of the whole file. */
  value(): unknown {
    return this.document.toJS()
  }

  has(path: Path): boolean {
    return this.find(path) !== undefined
  }

  /** The plain value at `path`. */
  at(path: Path): unknown {
    return this.find(path)?.value?.toJS(this.document)
  }

  /** Where the value at `path` stands; where there is none, its nearest owner. */
  place(path: Path): Place {
    const found = this.find(path)
    if (!found) return path.length === 0 ? this.placeOf(0, 1) : this.keyPlace(path.slice(0, -1))
    const range = found.value?.range
    if (!range || range[0] === range[1]) return this.keyPlace(path)
    // What spans lines is shown by its key: a whole block under carets says nothing.
    const spansLines = this.text.slice(range[0], range[1]).trimEnd().includes('\n')
    return spansLines ? this.keyPlace(path) : this.placeOf(range[0], range[1])
  }

  /** Where the key of the value at `path` stands; for a list's item, the item's first line. */
  keyPlace(path: Path): Place {
    const found = this.find(path)
    if (!found) return path.length === 0 ? this.placeOf(0, 1) : this.keyPlace(path.slice(0, -1))
    const range = (found.key ?? found.value)?.range
    return range ? this.placeOf(range[0], range[1]) : this.placeOf(0, 1)
  }

  /** The column offset of a plain or quoted scalar's first character inside its place. */
  textOffset(path: Path): number {
    const node = this.find(path)?.value
    return isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE') ? 1 : 0
  }

  /** The lines of a literal block (`|`); undefined where the value is written another way. */
  block(path: Path): BlockLine[] | undefined {
    const node = this.find(path)?.value
    if (!isScalar(node) || node.type !== 'BLOCK_LITERAL' || !node.range) return undefined
    const first = this.counter.linePos(node.range[0]).line
    const below = this.text.slice(node.range[0], node.range[1]).trimEnd().split('\n').length - 1
    return this.lines.slice(first, first + below).map((text, index) => ({ line: first + index + 1, text }))
  }

  /** The place of `text.slice(start, end)` of a line, as `block` gives it. */
  placeInLine(line: number, start: number, end: number): Place {
    const where = { file: this.file, line, column: start + 1 }
    return { where, length: Math.max(1, end - start), sourceLine: this.lines[line - 1] ?? '' }
  }

  /**
   * The YAML of a list's item as the file has it, indented as if it stood alone, without the keys in `without`.
   * An item that uses aliases is written out instead, because its lines alone would not be a document.
   */
  yamlOf(path: Path, without: readonly string[]): string {
    const node = this.find(path)?.value
    if (!isMap(node) || !node.range) return ''
    const kept = node.items.filter((pair) => !without.includes(keyText(pair)))
    if (node.flow || hasAlias(node)) {
      const whole = node.toJS(this.document) as Record<string, unknown>
      return stringify(Object.fromEntries(Object.entries(whole).filter(([key]) => !without.includes(key))))
    }
    const column = this.counter.linePos(node.range[0]).col - 1
    return kept
      .map((pair) => {
        const start = isNode(pair.key) ? (pair.key.range?.[0] ?? 0) : 0
        const next = node.items[node.items.indexOf(pair) + 1]?.key
        const end = (isNode(next) ? next.range?.[0] : undefined) ?? node.range?.[1] ?? start
        const lines = this.text.slice(start, end).trimEnd().split(/\r?\n/)
        return `${lines.map((line, index) => (index === 0 ? line : line.slice(Math.min(column, indentOf(line))))).join('\n')}\n`
      })
      .join('')
  }

  private placeOf(start: number, end: number): Place {
    const { line, col } = this.counter.linePos(Math.min(start, this.text.length))
    const sourceLine = this.lines[line - 1] ?? ''
    const room = Math.max(1, sourceLine.length - col + 1)
    const where = { file: this.file, line: Math.max(1, line), column: Math.max(1, col) }
    return { where, length: Math.min(room, Math.max(1, end - start)), sourceLine }
  }

  private keyAt(offset: number): string {
    return /^("[^"]*"|'[^']*'|[^:\s]+)/.exec(this.text.slice(offset))?.[0] ?? ''
  }

  private find(path: Path): { key: Node | undefined; value: Node | undefined } | undefined {
    let key: Node | undefined
    let value: Node | undefined = this.document.contents ?? undefined
    for (const segment of path) {
      const owner: Node | undefined = isAlias(value) ? value.resolve(this.document) : value
      if (isMap(owner)) {
        const pair = owner.items.find((item) => keyText(item) === String(segment))
        if (!pair) return undefined
        key = isNode(pair.key) ? pair.key : undefined
        value = isNode(pair.value) ? pair.value : undefined
      } else if (isSeq(owner)) {
        const item = owner.items[Number(segment)]
        if (!isNode(item)) return undefined
        key = undefined
        value = item
      } else {
        return undefined
      }
    }
    return { key, value }
  }
}

interface SyntaxFault {
  readonly code: string
  readonly message: string
  /** Offsets of its first character and of what comes after its last. */
  readonly pos: readonly [number, number]
}

/** The YAML library finds these only when it makes values, by throwing. */
function openAliases(document: Document.Parsed): SyntaxFault[] {
  const faults: SyntaxFault[] = []
  visit(document, {
    Alias: (_, alias) => {
      const [start, end] = alias.range ?? [0, 1]
      if (!alias.resolve(document))
        faults.push({ code: 'OPEN_ALIAS', message: `nothing before this has the anchor &${alias.source}`, pos: [start, end] })
    },
  })
  return faults
}

function keyText(pair: Pair): string {
  return isPair(pair) && isScalar(pair.key) ? String(pair.key.value) : String(pair.key)
}

function hasAlias(node: Node): boolean {
  let found = false
  visit(isCollection(node) ? node : null, {
    Alias: () => {
      found = true
      return visit.BREAK
    },
  })
  return found
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}
