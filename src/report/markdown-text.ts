/** Text as GitHub's Markdown shows it, letter by letter: no markup, no line breaks, no mention of a person, no link to an issue. */
export function escapeMarkdown(text: string): string {
  return (
    escapeHtml(text)
      .replace(/[\\`*_[\]|~]/g, (sign) => `\\${sign}`)
      // GitHub looks for these in the shown text, where a backslash is gone; a comment parts them and shows nothing.
      .replace(/([@#])(?=\w)/g, '$1<!-- -->')
  )
}

/** Text within HTML tags, where Markdown is not read. */
export function escapeHtml(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
}

/** A table; `heads` and the cells of `rows` are Markdown already. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/**
 * As many of the parts as fit into so many bytes of UTF-8, in their order, of which the first always stays;
 * where one does not fit, it and all after it are left out, and `leftOut` says how many.
 */
export function fitParts(parts: readonly string[], limit: number, leftOut: (count: number) => string): string {
  const sizes = parts.map((part) => Buffer.byteLength(part))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (total <= limit) return parts.join('')
  const room = limit - Buffer.byteLength(leftOut(parts.length))
  let [used = 0] = sizes
  let count = 1
  while (count < parts.length && used + (sizes[count] ?? 0) <= room) {
    used += sizes[count] ?? 0
    count += 1
  }
  return `${parts.slice(0, count).join('')}${leftOut(parts.length - count)}`
}
