import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { MeshproofError } from '../../error.ts'
import { command } from './command.ts'
import { askConsent, type Permission } from './consent.ts'

interface Wanted extends Permission {
  readonly packages: readonly string[]
  /** What they are for, as it reads after "to": `run a container engine`. */
  readonly purpose: string
  /** Time and disk, as people read it: `about a minute, 300 MB`. */
  readonly cost: string
}

const APT_ENV = { DEBIAN_FRONTEND: 'noninteractive' }

/**
 * Installs packages of a Debian or a Debian-like system.
 * @throws MeshproofError `install-refused`, `install-needs-root` or `install-impossible`, each with the commands that do it by hand.
 */
export async function installPackages(wanted: Wanted): Promise<void> {
  const { packages, purpose, cost, signal } = wanted
  const byHand = `sudo apt-get update && sudo apt-get install --yes --no-install-recommends ${packages.join(' ')}`
  const missing = `To ${purpose}, this machine needs ${packages.join(' and ')}`
  if (!(await findProgram('apt-get'))) {
    throw new MeshproofError({
      code: 'install-impossible',
      message: `${missing}, and it has no apt-get to install them with`,
      next: `install ${packages.join(' and ')} with the package manager of this system`,
    })
  }
  if (!wanted.install)
    throw new MeshproofError({ code: 'install-refused', message: `${missing}, and --no-install was given`, next: byHand })
  if (process.getuid?.() !== 0) {
    throw new MeshproofError({ code: 'install-needs-root', message: `${missing}, and only root can install`, next: byHand })
  }
  await askConsent({ ...wanted, what: `Installing ${packages.join(' and ')} to ${purpose}: ${cost}.`, byHand })

  const run = { signal, purpose: `install ${packages.join(' and ')}`, next: byHand, env: APT_ENV }
  await command('apt-get', ['update', '-qq'], run)
  await command('apt-get', ['install', '--yes', '-qq', '--no-install-recommends', ...packages], run)
}

/** Where a program is: on the PATH, or in the system's own folders, which the PATH of users who are not root often lacks. */
export async function findProgram(name: string): Promise<string | undefined> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/go/bin'].filter(
    Boolean,
  )
  for (const folder of folders) {
    const file = join(folder, name)
    const executable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (executable) return file
  }
  return undefined
}
