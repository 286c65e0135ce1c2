import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { renderJsonSchema } from './json-schema.ts'

test('the committed schema is what editors should know', async () => {
  const committed = await readFile(new URL('../../scenario.schema.json', import.meta.url), 'utf8')
  expect(committed).toBe(renderJsonSchema())
})

test('an expect item has four forms, and each forbids keys of the others', () => {
  const schema = JSON.parse(renderJsonSchema())
  const forms = schema.properties.steps.items.properties.expect.items.anyOf
  expect(forms.map(({ required, additionalProperties }: Record<string, unknown>) => [required, additionalProperties])).toEqual([
    [['http', 'table'], false],
    [['tcp', 'table'], false],
    [['http', 'from', 'to', 'is'], false],
    [['tcp', 'from', 'to', 'is'], false],
  ])
})
