import { expect, test } from 'vitest'
import { lintPart } from './lint-part.ts'

const ask = (rest: string) => lintPart(`    expect:\n      - { http: GET /, from: sleep.foo, to: 'httpbin.foo:8000', ${rest} }\n`)

test('an answer may be asked to contain texts and to lack others', () => {
  expect(ask('is: 200, sees: [a, b], lacks: c')).toEqual([])
})

test('no answer contains a text and lacks a part of it', () => {
  expect(ask("is: 200, sees: 'X-User: me', lacks: [X-User, other]")).toMatchInlineSnapshot(`
    [
      "error contradiction at «X-User»: no answer contains \`X-User: me\` and lacks \`X-User\` | leave one of them out",
    ]
  `)
})

test('a connection that was cut brings no answer to look into', () => {
  expect(ask('is: reset by strict, lacks: a')).toMatchInlineSnapshot(`
    [
      "error no-answer at «reset»: \`reset\` brings no answer that could contain or lack a text | ask this in an item without \`sees\` and \`lacks\`",
    ]
  `)
})

test('an empty text is in every answer', () => {
  expect(ask("is: 200, lacks: ''")).toMatchInlineSnapshot(`
    [
      "error wrong-value at «''»: this is empty",
    ]
  `)
})
