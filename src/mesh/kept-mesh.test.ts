import { expect, test } from 'vitest'
import { fits } from './kept-mesh.ts'

const there = { line: '1.31', source: 'build' } as const

test.each([
  [{ images: 'auto' }, true],
  [{ line: '1.31', images: 'auto' }, true],
  [{ line: '1.31', images: 'build' }, true],
  [{ line: '1.30', images: 'auto' }, false],
  [{ line: '1.31', images: 'registry' }, false],
] as const)('Istio 1.31 from the build source fits %o: %s', (wanted, expected) => {
  expect(fits(there, wanted)).toBe(expected)
})
