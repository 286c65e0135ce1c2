/** Test support: a terminal that does what a real one does with the two codes that are used: cursor up, and clear to the end. */
export function screen(columns: number): { write(text: string): void; columns: number; lines(): string[] } {
  const rows: string[] = ['']
  return {
    columns,
    write(text) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal is made of them
      for (const part of text.split(/(\u001b\[\d+A|\r|\u001b\[0J|\n)/)) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
        const up = /^\u001b\[(\d+)A$/.exec(part)
        if (up) rows.splice(rows.length - 1 - Number(up[1]), rows.length, '')
        if (part === '\n') rows.push('')
        else if (part && !part.startsWith('\u001b') && part !== '\r') rows[rows.length - 1] += part
      }
    },
    lines: () => rows.slice(0, -1),
  }
}
