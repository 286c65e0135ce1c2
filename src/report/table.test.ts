import { describe, expect, test } from 'vitest'
import type { CellResult } from '../run/result.ts'
import { cell, FAILED, mixedRun, passed } from './example-run.ts'
import { createLook } from './look.ts'
import { renderTables } from './table.ts'

const look = createLook({ colour: false, unicode: true })
const cells = mixedRun().scenarios[0]?.steps[1]?.cells ?? []

function table(results: readonly CellResult[], options: { differingOnly?: boolean; width?: number } = {}): string {
  return `\n${renderTables(results, { look, ...options }).join('\n')}\n`
}

describe('a truth table', () => {
  test('shows declared beside seen where they differ', () => {
    expect(table(cells)).toMatchInlineSnapshot(`
      "
      GET /ip
        from           httpbin.foo:8000                      httpbin.bar:8000
        sleep.foo      ✓ 200 mtls                            ✓ 200 mtls
        sleep.legacy   ✗ reset plain by strict ≠ 200 plain   ? 200 plain [flapping]
      "
    `)
  })

  test('leaves out the rows that are as declared', () => {
    expect(table(cells, { differingOnly: true })).toMatchInlineSnapshot(`
      "
      GET /ip
        from           httpbin.foo:8000                      httpbin.bar:8000
        sleep.legacy   ✗ reset plain by strict ≠ 200 plain   ? 200 plain [flapping]
        (1 row as declared left out)
      "
    `)
  })

  test('is empty when nothing differs and only differences are wanted', () => {
    expect(renderTables(cells.slice(0, 2), { look, differingOnly: true })).toEqual([])
  })

  test('goes on below when the terminal is narrow', () => {
    expect(table(cells, { width: 60 })).toMatchInlineSnapshot(`
      "
      GET /ip
        from           httpbin.foo:8000
        sleep.foo      ✓ 200 mtls
        sleep.legacy   ✗ reset plain by strict ≠ 200 plain
        from           httpbin.bar:8000
        sleep.foo      ✓ 200 mtls
        sleep.legacy   ? 200 plain [flapping]
      "
    `)
  })

  test('is one for each question, and leaves open what is not declared', () => {
    const post = cell('s2.c5', 'sleep.foo', 'httpbin.foo:8000', { outcome: '403', by: { kind: 'no-allow' } })
    const other = { ...post, id: 's2.c6', question: { ...post.question, kind: 'tcp' as const, line: 'hello' } }
    const again = { ...post, id: 's2.c7' }
    const far = cell('s2.c8', 'sleep.bar', 'httpbin.bar:8000', { outcome: '200' })
    expect(table([passed(post), passed(other), passed(again), passed(far)])).toMatchInlineSnapshot(`
      "
      GET /ip
        from        httpbin.foo:8000    httpbin.bar:8000
        sleep.foo   ✓ 403 by no-allow   -
        sleep.bar   -                   ✓ 200
      tcp hello
        from        httpbin.foo:8000
        sleep.foo   ✓ 403 by no-allow
      GET /ip
        from        httpbin.foo:8000
        sleep.foo   ✓ 403 by no-allow
      "
    `)
  })

  test('names the cause where words are equal and the cell still failed', () => {
    const one = FAILED.cell
    const late: CellResult = { ...passed(one), verdict: 'fail', cause: { code: 'enforced-late', message: 'after 3 s' } }
    expect(table([late])).toContain('✗ reset plain by strict [enforced-late]')
  })

  test('is plain ASCII where the stream shows no more', () => {
    const ascii = renderTables(cells, { look: createLook({ colour: false, unicode: false }) }).join('\n')
    expect(ascii).toMatch(/^[\n -~]+$/)
    expect(ascii).toContain('x reset plain by strict != 200 plain')
  })

  test('pads by what is read, not by the codes of colours', () => {
    const coloured = renderTables(cells, { look: createLook({ colour: true, unicode: true }) }).join('\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes are what is taken away
    expect(`\n${coloured.replace(/\u001b\[\d+m/g, '')}\n`).toBe(table(cells))
    expect(coloured).toContain('\u001b[31m✗ reset plain by strict')
  })
})
