import { expect, it } from 'vitest'
import { type HeardProber, unheardOf } from './unheard.ts'

const WHILE = { at: 1, end: 2 }
const prober = (note: HeardProber['note'], missing = 0): HeardProber => ({ name: 'prober-1.a', sequence: { missing }, note })

it.each(['end', 'paused'] as const)('nothing is lost of a prober whose last word is %s and whose numbers all came', (note) => {
  expect(unheardOf([prober(note)], WHILE)).toEqual([])
})

it.each(['start', 'resumed', undefined] as const)('a prober that went after %s may have asked what nobody heard', (note) => {
  expect(unheardOf([prober(note)], WHILE)).toEqual([{ kind: 'unheard', ...WHILE, text: 'prober-1.a went without telling its last number' }])
})

it('missing numbers are told, whatever the prober says', () => {
  expect(unheardOf([prober('end', 3)], WHILE).map(({ text }) => text)).toEqual(['prober-1.a: 3 samples were asked and never told'])
})
