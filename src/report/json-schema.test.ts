import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { mixedRun } from './example-run.ts'
import { renderRecordSchema } from './json-schema.ts'
import { toRecord } from './record.ts'

test('the committed schema is what a record holds', async () => {
  const committed = await readFile(new URL('../../report.schema.json', import.meta.url), 'utf8')
  expect(committed).toBe(renderRecordSchema())
})

test('a written record is what the schema says, and one of another version or with a hole is not', () => {
  const schema = z.fromJSONSchema(JSON.parse(renderRecordSchema()))
  const record = JSON.parse(JSON.stringify(toRecord(mixedRun())))
  expect(schema.safeParse(record).error).toBeUndefined()
  expect(schema.safeParse({ ...record, version: 2 }).success).toBe(false)
  record.scenarios[0].steps[1].cells[2].attempts[0].fate = { kind: 'stale' }
  expect(schema.safeParse(record).success).toBe(false)
})
