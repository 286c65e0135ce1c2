import { describe, expect, it } from 'vitest'
import { inVersionRange, isVersionRange } from './version-range.ts'

describe('a range of versions', () => {
  it.each([
    ['>=1.31', '1.31.0 1.31.7 1.32.0 2.0.0', '1.30.9 1.9.0 0.32.0'],
    ['>1.31', '1.32.0', '1.31.0 1.31.7'],
    ['<1.31', '1.30.9 1.9.0', '1.31.0 1.31.7 1.32.0'],
    ['<=1.31', '1.30.0 1.31.7', '1.32.0'],
    ['1.31', '1.31.0 1.31.7', '1.30.0 1.32.0'],
    ['=1.31.2', '1.31.2', '1.31.1 1.31.3'],
    ['>=1.31.2', '1.31.2 1.32.0', '1.31.1'],
    ['>=1.30 <1.32', '1.30.0 1.31.9', '1.29.9 1.32.0'],
    ['>= 1.30  < 1.32', '1.31.0', '1.32.0'],
  ])('%s holds for %s and not for %s', (range, inside, outside) => {
    expect(inside.split(' ').filter((version) => !inVersionRange(range, version))).toEqual([])
    expect(outside.split(' ').filter((version) => inVersionRange(range, version))).toEqual([])
  })

  it('takes a version with something behind its numbers, as builds have it', () => {
    expect([inVersionRange('>=1.31', '1.31 (build of v0.0.0)'), inVersionRange('>=1.31', '1.30-bc379523cf44')]).toEqual([true, false])
  })

  it('holds for nothing that is no version', () => {
    expect(inVersionRange('>=1.31', 'latest')).toBe(false)
  })

  it.each(['', 'new', '1', '>=1', '~1.31', '>=1.31 || 1.29', '1.31.x'])('is not written %s', (text) => {
    expect(isVersionRange(text)).toBe(false)
  })
})
