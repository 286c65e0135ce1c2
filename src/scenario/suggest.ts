/** `did you mean …?` for the nearest of `candidates`; undefined where none is near enough to be meant. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const nearest = nearestOf(word, candidates)
  return nearest === undefined ? undefined : `did you mean \`${nearest}\`?`
}

/** The nearest of `candidates` within a third of the word's length; the first of equals. */
export function nearestOf(word: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3))
  let nearest: string | undefined
  let best = limit + 1
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < best) {
      nearest = candidate
      best = distance
    }
  }
  return nearest
}

/** Insertions, deletions, substitutions and swaps of neighbours that make `b` of `a`. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const edits = [at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (same ? 0 : 1)]
      if (swapped) edits.push(at(i - 2, j - 2) + 1)
      row.push(Math.min(...edits))
    }
  }
  return at(a.length, b.length)
}
