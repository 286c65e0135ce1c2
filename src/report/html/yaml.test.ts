import { expect, test } from 'vitest'
import { renderYaml } from './yaml.ts'

/** Each line with a sign before it, as a patch has it. */
function patchOf(text: string, former?: string): string[] {
  const lines = renderYaml({ text, former }).text.matchAll(/<(ins|del|span)>(.*?)\n<\/\1>/gs)
  return [...lines].map(([, kind = '', line = '']) => `${{ ins: '+', del: '-' }[kind] ?? ' '}${line.replace(/<[^>]+>/g, '')}`)
}

test('nothing is marked in an object that was not there before', () => {
  expect(patchOf('kind: A\nspec:\n  - b: c\n')).toEqual([' kind: A', ' spec:', '   - b: c'])
})

test('new lines and lost lines are marked where they stand, and equal ones are not', () => {
  expect(patchOf('kind: A\nspec:\n  mode: PERMISSIVE\n  port: 1\n', 'kind: A\nspec:\n  mode: STRICT\n')).toEqual([
    ' kind: A',
    ' spec:',
    '-  mode: STRICT',
    '+  mode: PERMISSIVE',
    '+  port: 1',
  ])
  expect(patchOf('a: 1\na: 1\nb: 2\n', 'a: 1\nb: 2\n')).toEqual([' a: 1', '+a: 1', ' b: 2'])
})

test('all is lost of an object that is gone', () => {
  expect(patchOf('', 'kind: A\nspec: 1\n')).toEqual(['-kind: A', '-spec: 1'])
})

test('keys are set apart, in lists too, and what is no key is not', () => {
  const { text } = renderYaml({ text: 'rules:\n  - from: [a]\n# no: key\n"quoted": 1\nplain text\n' })
  expect([...text.matchAll(/class="key">([^<]+)/g)].map(([, key]) => key)).toEqual(['rules', 'from'])
})
