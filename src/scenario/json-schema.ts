import { z } from 'zod'
import { scenarioFileSchema } from './schema.ts'

/** The text of `scenario.schema.json`: what editors know about a scenario file. Stable for equal schemas. */
export function renderJsonSchema(): string {
  // Draft 7, because the YAML language server of editors understands no later one well.
  const schema = z.toJSONSchema(scenarioFileSchema, { target: 'draft-7', io: 'input' })
  return `${JSON.stringify({ ...schema, title: 'meshproof scenario' }, null, 2)}\n`
}
