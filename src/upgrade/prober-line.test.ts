import { describe, expect, it } from 'vitest'
import { readProberLine, tokenOf } from './prober-line.ts'

describe("a prober's line", () => {
  it('is a sample with its pair and lane', () => {
    const line = '{"n":17,"q":"s1.c3/p","t":1795528800123.25,"d":2.5,"o":"200","l":41234,"r":true}'
    expect(readProberLine(line, 'prober-x')).toEqual({
      sample: { prober: 'prober-x', n: 17, pair: 's1.c3', lane: 'pooled', at: 1795528800123.25, ms: 2.5, outcome: '200', port: 41234 },
    })
  })

  it('is a note on itself', () => {
    expect(readProberLine('{"note":"paused","tag":"prober-x","n":90,"t":1}', 'prober-x')).toEqual({ note: { note: 'paused', n: 90 } })
  })

  it.each(['', 'panic: nil', '{"n":1,"q":"s1.c3/p","t":17', '{"n":1}', '{"n":1,"q":"s1.c3","t":1,"d":1,"o":"200","l":1}'])(
    'is nothing when it is no whole line of ours: %s',
    (line) => {
      expect(readProberLine(line, 'prober-x')).toBeUndefined()
    },
  )

  it('names the token that its request carried', () => {
    expect(tokenOf({ prober: 'prober-x', n: 17 })).toBe('mp-prober-x-17')
  })
})
