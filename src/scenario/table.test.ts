import { expect, test } from 'vitest'
import { SourceDocument } from './document.ts'
import { formatProblem } from './problem.ts'
import { readTable } from './table.ts'

function tableOf(...lines: string[]) {
  return readTable(new SourceDocument('t.yaml', `steps:\n  table: |\n${lines.map((line) => `    ${line}\n`).join('')}`), ['steps', 'table'])
}

function problemsOf(...lines: string[]) {
  return tableOf(...lines)
    .problems.map(formatProblem)
    .join('\n')
}

test('every word has its line and column in the file', () => {
  const { destinations, rows, problems } = tableOf(
    'from        b.foo:80   c.foo:80',
    'sleep.foo   200 mtls   -',
    'sleep.bar   403        200',
  )
  expect(problems).toEqual([])
  expect(destinations.map(({ text, where }) => [text, where.line, where.column])).toEqual([
    ['b.foo:80', 3, 17],
    ['c.foo:80', 3, 28],
  ])
  expect(rows[0]?.source).toMatchObject({ text: 'sleep.foo', where: { line: 4, column: 5 }, length: 9 })
  expect(rows[0]?.cells).toMatchObject([{ text: '200 mtls', where: { line: 4, column: 17 }, length: 8 }, undefined])
})

test('empty lines part rows, and mean nothing', () => {
  expect(tableOf('from  b', '', 'x  200', '', 'y  200').rows.map(({ source }) => [source.text, source.where.line])).toEqual([
    ['x', 5],
    ['y', 7],
  ])
})

test('a row with too many or too few cells is left out and named', () => {
  const table = tableOf('from  b      c', 'x     200', 'y     200    200   403', 'z     200    200')
  expect(table.rows.map(({ source }) => source.text)).toEqual(['z'])
  expect(table.problems.map(formatProblem).join('\n')).toMatchInlineSnapshot(`
    "t.yaml:4:5 error: 1 cell for 2 destinations [row-length]
      4 |     x     200
        |     ^
        = two or more spaces part the columns; \`-\` leaves a cell out
    t.yaml:5:24 error: 3 cells for 2 destinations [row-length]
      5 |     y     200    200   403
        |                        ^^^
        = two or more spaces part the columns; \`-\` leaves a cell out"
  `)
})

test('a row or column of nothing but dashes is named', () => {
  expect(problemsOf('from  b    c', 'x     200  -', 'y     -    -')).toMatchInlineSnapshot(`
    "t.yaml:3:16 error: \`c\` has no cell in this table [empty-line]
      3 |     from  b    c
        |                ^
        = leave it out
    t.yaml:5:5 error: \`y\` has no cell in this table [empty-line]
      5 |     y     -    -
        |     ^
        = leave it out"
  `)
})

test.each([
  ['a header that starts with another word', ['sources  b', 'x  200']],
  ['a header without a destination', ['from b', 'x  200']],
  ['a table without rows', ['from  b']],
])('%s is a broken table', (_, lines) => {
  expect(tableOf(...lines)).toMatchObject({ destinations: [], rows: [], problems: [{ code: 'bad-table', where: { line: 3, column: 5 } }] })
})

test('a table that is no literal block is a broken table', () => {
  const document = new SourceDocument('t.yaml', 'table: >\n  from  b\n  x  200\n')
  expect(readTable(document, ['table']).problems.map(formatProblem).join('\n')).toMatchInlineSnapshot(`
    "t.yaml:1:1 error: a table is a literal block [bad-table]
      1 | table: >
        | ^^^^^
        = write \`table: |\` and the table below it, indented"
  `)
})
