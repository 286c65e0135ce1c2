import { html, type Markup } from './markup.ts'

interface YamlOptions {
  readonly text: string
  /** The text before the change; its lost lines are shown struck out, new ones marked. Nothing is marked without it. */
  readonly former?: string | undefined
}

/** YAML as a block of lines, with its keys set apart. */
export function renderYaml({ text, former }: YamlOptions): Markup {
  const lines =
    former === undefined ? linesOf(text).map((line): Line => ({ kind: 'same', line })) : compareLines(linesOf(former), linesOf(text))
  return html`<pre class="yaml" tabindex="0" aria-label="YAML"><code>${lines.map(renderLine)}</code></pre>`
}

interface Line {
  readonly kind: 'same' | 'new' | 'lost'
  readonly line: string
}

function renderLine({ kind, line }: Line): Markup {
  const [, indent = '', key = '', rest = line] = /^(\s*(?:- )*)([\w./-]+(?=:))?(.*)$/s.exec(line) ?? []
  const text = html`${indent}${key && html`<span class="key">${key}</span>`}${rest}\n`
  if (kind === 'new') return html`<ins>${text}</ins>`
  return kind === 'lost' ? html`<del>${text}</del>` : html`<span>${text}</span>`
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n+$/, '').split('\n')
}

/** By the longest common subsequence; objects have some dozens of lines. */
function compareLines(before: readonly string[], after: readonly string[]): Line[] {
  const common = before.map(() => after.map(() => 0))
  const at = (i: number, j: number) => common[i]?.[j] ?? 0
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const row = common[i]
      if (row) row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const lines: Line[] = []
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    const lost = before[i]
    const found = after[j]
    if (lost !== undefined && lost === found) {
      lines.push({ kind: 'same', line: lost })
      i += 1
      j += 1
    } else if (lost !== undefined && (found === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ kind: 'lost', line: lost })
      i += 1
    } else if (found !== undefined) {
      lines.push({ kind: 'new', line: found })
      j += 1
    }
  }
  return lines
}
