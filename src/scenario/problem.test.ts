import { expect, test } from 'vitest'
import { formatProblem, partOfWord, problemAt, sortProblems } from './problem.ts'

const place = { where: { file: 'a.yaml', line: 9, column: 3 }, length: 5, sourceLine: '  tabel: |' }

test('a problem reads as place, message, line, carets and remedy', () => {
  const problem = problemAt(place, { code: 'unknown-key', message: 'unknown key `tabel`', next: 'did you mean `table`?' })
  expect(formatProblem(problem)).toMatchInlineSnapshot(`
    "a.yaml:9:3 error: unknown key \`tabel\` [unknown-key]
      9 |   tabel: |
        |   ^^^^^
        = did you mean \`table\`?"
  `)
})

test('carets stand under what they mean after tabs too', () => {
  const tabbed = { where: { file: 'a.yaml', line: 12, column: 4 }, length: 2, sourceLine: 'a\tbcd' }
  const problem = problemAt(tabbed, { severity: 'warning', code: 'unused', message: 'not used' })
  expect(formatProblem(problem).split('\n')).toEqual(['a.yaml:12:4 warning: not used [unused]', '  12 | a\tbcd', '     |  \t ^^'])
})

test('problems come by file as read, then by line and column', () => {
  const at = (file: string, line: number, column: number) =>
    problemAt({ ...place, where: { file, line, column } }, { code: 'x', message: `${file}:${line}:${column}` })
  const sorted = sortProblems([at('b', 2, 1), at('a', 9, 1), at('b', 1, 7), at('b', 1, 2)])
  expect(sorted.map(({ message }) => message)).toEqual(['b:1:2', 'b:1:7', 'b:2:1', 'a:9:1'])
})

test('a part of a word keeps its own place', () => {
  const word = { text: '403 plain by deny', where: { file: 'a', line: 1, column: 11 }, length: 17, sourceLine: '' }
  expect(partOfWord(word, 'plain')).toMatchObject({ text: 'plain', where: { column: 15 }, length: 5 })
  expect(partOfWord(word, 'mtls')).toBe(word)
})
