import { EXIT, type ExitCode } from '../error.ts'
import { explainLines, findCells } from '../report/explain.ts'
import { createLook, showsUnicode } from '../report/look.ts'
import { findRecord, readRecord } from '../report/record.ts'
import { streamLook } from '../report/reporters.ts'

/** `meshproof explain`: the cells of one line from a record, with their evidence. Needs no cluster. */
export async function explainCommand(place: string, { record: path }: { readonly record: string }): Promise<ExitCode> {
  const record = await readRecord(findRecord(path))
  const cells = findCells(record, place)
  const { stdout: stream, env } = process
  const look = createLook({ colour: streamLook({ stream, env }).colour, unicode: showsUnicode(env) })
  const mesh = record.mesh ? `Istio ${record.mesh.istio}, image source ${record.mesh.imageSource}` : 'no mesh came up'
  const lines = [look.dim(`run ${record.id} of ${record.startedAt}: ${mesh}`), ...cells.flatMap((cell) => explainLines(cell, look))]
  if (cells.length === 0) lines.push(`every cell of ${place} is as declared`)
  stream.write(`${look.text(lines.join('\n'))}\n`)
  return EXIT.conformant
}
