import { expect, test } from 'vitest'
import { isNewEnough } from './build/go.ts'
import { isAtLeast } from './tools.ts'

test.for([
  ['kind v0.33.0 go1.26.8 linux/amd64', '0.30.0', true],
  ['kind v0.29.9 go1.26.8 linux/amd64', '0.30.0', false],
  ['v3.14.0+g1234567', '3.14.0', true],
  ['v4.0.1', '3.14.0', true],
  ['Client Version: v1.30.9\nKustomize Version: v5.5.0', '1.31.0', false],
  ['not a version', '0.0.1', false],
] as const)('%j is at least %s: %s', ([output, least, expected]) => {
  expect(isAtLeast(output, least)).toBe(expected)
})

test.for([
  ['go1.26.8', true],
  ['go1.21rc2', true],
  ['go1.19.8', false],
  ['devel go1.27-abc', true],
] as const)('%s can build everything: %s', ([version, expected]) => {
  expect(isNewEnough(version)).toBe(expected)
})
