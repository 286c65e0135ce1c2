import { EXIT, type ExitCode } from '../error.ts'
import { doctor } from '../mesh/doctor.ts'
import { createLook, showsUnicode } from '../report/look.ts'
import { streamLook } from '../report/reporters.ts'

interface DoctorCommand {
  readonly name: string
  readonly context?: string | undefined
  readonly signal: AbortSignal
}

const VERDICTS = { ok: 'pass', warn: 'inconclusive', fail: 'fail' } as const

/** `meshproof doctor`: one line a check. Ends with 3 when a run cannot work. */
export async function doctorCommand(options: DoctorCommand): Promise<ExitCode> {
  const { stdout: stream, env } = process
  const look = createLook({ colour: streamLook({ stream, env }).colour, unicode: showsUnicode(env) })
  const checks = await doctor(options)
  for (const { title, state, seen, next } of checks) {
    const verdict = VERDICTS[state]
    stream.write(look.text(`  ${look.paint(verdict, look.glyph[verdict])} ${title}: ${seen}\n`))
    if (next && state !== 'ok') stream.write(look.text(`      ${look.dim(`next: ${next}`)}\n`))
  }
  return checks.some(({ state }) => state === 'fail') ? EXIT.inconclusive : EXIT.conformant
}
