import { z } from 'zod'
import { runRecord } from './record-schema.ts'

/** The text of `report.schema.json`: what a record holds, for programs that read one. Stable for equal schemas. */
export function renderRecordSchema(): string {
  const schema = z.toJSONSchema(runRecord, { io: 'input' })
  const description = 'One run of meshproof. Lengths of time are in milliseconds, times in ISO 8601.'
  return `${JSON.stringify({ ...schema, title: 'meshproof record', description }, null, 2)}\n`
}
