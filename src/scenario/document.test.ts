import { expect, test } from 'vitest'
import { SourceDocument } from './document.ts'

const text = `top:
  - name: first # said aside
    spec:
      list: [1, 2]
    why: 'quoted'
    # about the next one
  - { name: second, why: flow }
table: |
  from   b

  c      200
after: 1
`

test('a value, a key and a missing key each have a place', () => {
  const document = new SourceDocument('a.yaml', text)
  expect(document.place(['top', 0, 'why'])).toMatchObject({ where: { line: 5, column: 10 }, length: 8 })
  expect(document.keyPlace(['top', 0, 'why'])).toMatchObject({ where: { line: 5, column: 5 }, length: 3 })
  expect(document.place(['top', 0, 'gone', 'deeper'])).toMatchObject({ where: { line: 2, column: 5 } })
  expect(document.place(['gone'])).toMatchObject({ where: { line: 1, column: 1 } })
})

test('what spans lines is pointed at by its key', () => {
  expect(new SourceDocument('a.yaml', text).place(['top'])).toMatchObject({ where: { line: 1, column: 1 }, length: 3 })
})

test('a literal block gives its own lines as the file has them, and no more', () => {
  expect(new SourceDocument('a.yaml', text).block(['table'])).toEqual([
    { line: 9, text: '  from   b' },
    { line: 10, text: '' },
    { line: 11, text: '  c      200' },
  ])
  expect(new SourceDocument('a.yaml', text).block(['after'])).toBeUndefined()
})

test('line ends of two characters move no place', () => {
  const document = new SourceDocument('a.yaml', text.replaceAll('\n', '\r\n'))
  expect(document.block(['table'])?.map(({ line }) => line)).toEqual([9, 10, 11])
  expect(document.place(['after'])).toMatchObject({ where: { line: 12, column: 8 }, length: 1, sourceLine: 'after: 1' })
})

test('an item stands alone as the file has it, without the keys that are ours', () => {
  const document = new SourceDocument('a.yaml', text)
  expect(document.yamlOf(['top', 0], ['why'])).toBe('name: first # said aside\nspec:\n  list: [1, 2]\n')
  expect(document.yamlOf(['top', 1], ['why'])).toBe('name: second\n')
})

test('an item that leans on an anchor elsewhere is written out', () => {
  const document = new SourceDocument('a.yaml', 'base: &base { mode: STRICT }\nitems:\n  - spec: *base\n')
  expect(document.yamlOf(['items', 0], [])).toBe('spec:\n  mode: STRICT\n')
  expect(document.at(['items', 0, 'spec', 'mode'])).toBe('STRICT')
})

test('a text that is no YAML is not readable, and says where', () => {
  const document = new SourceDocument('a.yaml', 'a: [1, 2\nb: *gone\n')
  expect(document.readable).toBe(false)
  expect(document.problems.map(({ code, where }) => `${where.line}:${where.column} ${code}`)).toMatchInlineSnapshot(`
    [
      "2:1 yaml-syntax",
      "2:4 yaml-syntax",
    ]
  `)
})

test('a key that is there twice is a problem, and the rest is still read', () => {
  const document = new SourceDocument('a.yaml', 'a: 1\n"b c": 2\n"b c": 3\n')
  expect(document.readable).toBe(true)
  expect(document.problems).toMatchObject([{ code: 'duplicate-key', where: { line: 3, column: 1 }, length: 5 }])
})
