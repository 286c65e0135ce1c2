import type { Path, SourceDocument } from './document.ts'
import { readFields } from './fields.ts'
import type { LogAssertion } from './model.ts'
import { readSource } from './names.ts'
import { type Problem, problemAt } from './problem.ts'
import { logSchema } from './schema.ts'

/** Reads one item of a step's `logs`. */
export function readLog(document: SourceDocument, path: Path): { log?: LogAssertion; problems: readonly Problem[] } {
  const { fields, problems } = readFields(logSchema, document, path, document.at(path))
  if (fields.from === undefined || fields.contains === undefined) return { problems }
  const from = readSource(fields.from)
  if ('reason' in from || from.kind === 'port-forward') {
    const message = 'reason' in from ? from.reason : 'a port-forward writes no log'
    const next = 'write `app.namespace` or `app.namespace/container`'
    return { problems: [...problems, problemAt(document.place([...path, 'from']), { code: 'bad-source', message, next })] }
  }
  const contains = typeof fields.contains === 'string' ? [fields.contains] : fields.contains
  return { log: { from, contains, times: fields.times ?? 1, where: document.keyPlace(path).where }, problems }
}
