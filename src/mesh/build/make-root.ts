import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { command } from './command.ts'
import { moduleFolder } from './go.ts'
import { imageFile } from './image-file.ts'
import type { Making } from './make-source.ts'
import type { RootSource } from './recipe.ts'

const USELESS = ['var/cache/apt/archives', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/locale', 'usr/share/man']

/** Fills a folder with `root.tar`, a Debian root file system made with debootstrap. */
export async function makeRoot(source: RootSource, folder: string, making: Making): Promise<void> {
  const { signal } = making
  const root = join(folder, 'root')
  const run = {
    signal,
    purpose: `make the root file system ${source.name}`,
    next: 'it needs root and Debian packages from the network: try again when they are there',
  }
  await command('debootstrap', ['--variant=minbase', `--include=${source.packages.join(',')}`, source.suite, root], run)
  for (const useless of USELESS) await rm(join(root, useless), { recursive: true, force: true })
  if (source.kindVersion !== undefined) await addKindFiles(source.kindVersion, root, making)
  const script = await readFile(imageFile(source.script), 'utf8')
  await command('chroot', [root, '/bin/sh', '-s'], { ...run, input: script, env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } })
  await command('tar', ['--numeric-owner', '--directory', root, '--create', '--file', join(folder, 'root.tar'), '.'], run)
  await rm(root, { recursive: true })
}

async function addKindFiles(version: string, root: string, { go, signal }: Making): Promise<void> {
  const module = await moduleFolder({ module: `sigs.k8s.io/kind@v${version}`, go, signal })
  const run = {
    signal,
    purpose: `put kind's files into the node`,
    next: `kind ${version} may be laid out in another way; see src/mesh/build/make-root.ts`,
  }
  const files = join(module, 'images', 'base', 'files')
  // Go's copies are read-only and have lost their x bits.
  const copy = ['-r', '--no-preserve=mode']
  await command('cp', [...copy, join(files, 'etc'), join(files, 'kind'), root], run)
  await command('install', ['-m', '755', join(files, 'usr', 'local', 'bin', 'entrypoint'), join(root, 'usr', 'local', 'bin')], run)
  await command('chmod', ['-R', '755', join(root, 'kind', 'bin')], run)
  await command('cp', [...copy, imageFile('node', 'etc'), imageFile('node', 'kind'), root], run)
}
