#!/usr/bin/env zx
// Writes the JSON Schemas anew, after a change of src/scenario/schema.ts or src/report/record-schema.ts.
import { writeFile } from 'node:fs/promises'
import { register } from 'tsx/esm/api'

register()
const { renderJsonSchema } = await import('../src/scenario/json-schema.ts')
const { renderRecordSchema } = await import('../src/report/json-schema.ts')
await writeFile('scenario.schema.json', renderJsonSchema())
await writeFile('report.schema.json', renderRecordSchema())
