#!/usr/bin/env zx
// Writes scenario.schema.json anew, after a change of src/scenario/schema.ts.
import { writeFile } from 'node:fs/promises'
import { register } from 'tsx/esm/api'

register()
const { renderJsonSchema } = await import('../src/scenario/json-schema.ts')
await writeFile('scenario.schema.json', renderJsonSchema())
