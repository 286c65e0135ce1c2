import { EXIT, type ExitCode } from '../error.ts'
import { down } from '../mesh/down.ts'
import { withProgress } from './console.ts'

/** `meshproof down`: also fine where there is nothing. */
export async function downCommand({ name, signal }: { readonly name: string; readonly signal: AbortSignal }): Promise<ExitCode> {
  const was = await withProgress((progress) => down({ name, signal, progress }))
  process.stdout.write(was === 'removed' ? 'the cluster is removed; images and builds stay cached\n' : 'there is no cluster\n')
  return EXIT.conformant
}
