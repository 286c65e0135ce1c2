import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { MeshproofError } from '../../error.ts'

/** The page's own program and style sheet, each small enough to stand in every report. */
interface Page {
  readonly script: string
  readonly style: string
}

/**
 * Bundles `page/`: TypeScript and CSS as they are written become what a browser runs.
 * @throws MeshproofError `page-not-compiled` (esbuild's program for this machine is missing, as after `npm ci --omit=optional`).
 */
export function compilePage(): Page {
  try {
    return compile()
  } catch (cause) {
    throw new MeshproofError({
      code: 'page-not-compiled',
      message: "the HTML report's page could not be put together",
      seen: cause instanceof Error ? cause.message : String(cause),
      next: 'npm ci',
      cause,
    })
  }
}

function compile(): Page {
  const { outputFiles } = buildSync({
    absWorkingDir: fileURLToPath(new URL('page/', import.meta.url)),
    entryPoints: ['main.ts', 'page.css'],
    outdir: '.',
    bundle: true,
    write: false,
    minify: true,
    charset: 'utf8',
    format: 'iife',
    platform: 'browser',
    // `light-dark()` and `DecompressionStream` came with these.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    logLevel: 'silent',
    legalComments: 'none',
  })
  return { script: textOf(outputFiles, '.js'), style: textOf(outputFiles, '.css') }
}

function textOf(files: readonly { readonly path: string; readonly text: string }[], ending: string): string {
  const file = files.find((one) => one.path.endsWith(ending))
  if (!file) throw new Error(`the page was bundled without a ${ending} file`)
  return file.text.trim()
}
