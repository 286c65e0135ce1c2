import { EXIT, type ExitCode } from '../error.ts'
import type { ImageSource, IstioLine } from '../mesh/types.ts'
import { up } from '../mesh/up.ts'
import { withProgress } from './console.ts'

interface UpCommand {
  readonly name: string
  readonly istio?: IstioLine | undefined
  readonly images: 'auto' | ImageSource
  readonly install: boolean
  readonly yes: boolean
  readonly signal: AbortSignal
}

/** `meshproof up`: the cluster stays until `meshproof down`. */
export async function upCommand({ name, istio, images, install, yes, signal }: UpCommand): Promise<ExitCode> {
  const mesh = await withProgress((progress) => up({ name, line: istio, images, install, yes, signal, progress }))
  process.stdout.write(
    `Istio ${mesh.istioVersion} (${mesh.proxyBuild}; images: ${mesh.source}) is up in the context ${mesh.context}\n` +
      `  export KUBECONFIG=${mesh.kubeconfig}\n`,
  )
  return EXIT.conformant
}
