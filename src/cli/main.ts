import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { EXIT, type ExitCode, formatError, MeshproofError } from '../error.ts'
import { type Interrupts, interrupts } from './interrupts.ts'

/**
 * The command line. Sets the process's exit code and ends the process; every command is loaded only when it is called,
 * because the Kubernetes client alone takes a quarter of a second.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const stop = interrupts()
  process.exitCode = await exitOf(argv, stop)
  stop.release()
  // What still holds the loop (a kept-alive socket, a reader of stdin) has nothing left to do; the streams do.
  await Promise.all([drained(process.stdout), drained(process.stderr)])
  process.exit()
}

async function exitOf(argv: readonly string[], stop: Interrupts): Promise<ExitCode> {
  try {
    let exit: ExitCode = EXIT.conformant
    await program(stop, (code) => {
      exit = code
    }).parseAsync(argv, { from: 'user' })
    return stop.signal.aborted ? EXIT.interrupted : exit
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.conformant : EXIT.usage
    if (stop.signal.aborted) return EXIT.interrupted
    process.stderr.write(`${formatError(error)}\n`)
    return error instanceof MeshproofError ? error.exit : EXIT.inconclusive
  }
}

/** @param done takes the exit code of the command that ran. */
function program(stop: Interrupts, done: (code: ExitCode) => void): Command {
  const { signal } = stop
  const command = new Command('meshproof')
    .description('Proves, on a live cluster, that an Istio mesh enforces the security it was told to enforce.')
    .exitOverride()
    .showHelpAfterError('(meshproof --help lists the commands)')
    .addHelpText(
      'after',
      `
Scenarios are files, folders, ids, or one line of a file (scenarios/a.yaml:31): the steps before it are applied all the same.
Exit codes: 0 conformant, 1 not conformant, 2 usage or scenario error, 3 inconclusive or infrastructure, 130 interrupted.`,
    )
  command
    .command('doctor')
    .description('say what this machine, or a cluster, lacks')
    .option('--context <name>', 'a cluster that meshproof did not make')
    .addOption(nameOption())
    .action(async (options) => done(await (await import('./doctor.ts')).doctorCommand({ ...options, signal })))
  command
    .command('up')
    .description('make the cluster with its mesh and keep it')
    .addOption(nameOption())
    .addOption(istioOption())
    .addOption(imagesOption())
    .addOption(noInstallOption())
    .addOption(yesOption())
    .action(async (options) => done(await (await import('./up.ts')).upCommand({ ...options, signal })))
  command
    .command('run', { isDefault: false })
    .description('run scenarios; makes the cluster where there is none, and removes it again')
    .argument('[scenario...]', 'files, folders, ids or file:line; all of scenarios/ unless said')
    .addOption(nameOption())
    .option('--keep', 'keep the cluster that the run made', false)
    .option('--context <name>', 'run on a cluster that meshproof did not make')
    .option('--allow-mesh-wide', 'there, let scenarios change the mesh as a whole', false)
    .addOption(istioOption())
    .addOption(imagesOption())
    .addOption(noInstallOption())
    .addOption(yesOption())
    .option('--verbose', 'show every attempt', false)
    .option('--quiet', 'show only what is not green', false)
    .option('--results <folder>', 'where results are written', 'test-results')
    .action(async (scenarios, options) => done(await (await import('./run.ts')).runCommand(scenarios, { ...options, signal })))
  command
    .command('upgrade')
    .description('say whether every guarantee holds before, during and after an upgrade of Istio, on a cluster of its own')
    .argument('[scenario...]', 'as for run')
    .requiredOption('--from <line>', 'the Istio line to begin with, as kind/versions.yaml pins it: 1.30')
    .requiredOption('--to <line>', 'the line to go to: 1.31')
    .addOption(new Option('--strategy <how>', 'how the control plane is replaced').choices(['in-place', 'canary']).default('in-place'))
    .option('--allow-loss <requests>', 'how many questions of allowed pairs may go unserved', count, 0)
    .option('--rollback', 'go back at the end and prove the old line again', false)
    .addOption(nameOption('meshproof-upgrade'))
    .option('--context <name>', 'upgrade the mesh of a cluster that `meshproof up` made, instead of a fresh one')
    .option('--keep', 'keep the cluster', false)
    .addOption(imagesOption())
    .addOption(noInstallOption())
    .addOption(yesOption())
    .option('--quiet', 'show only what is not green', false)
    .option('--results <folder>', 'where results are written', 'test-results/upgrade')
    .action(async (scenarios, options) => done(await (await import('./upgrade.ts')).upgradeCommand(scenarios, { ...options, signal })))
  command
    .command('test')
    .description('run the unit tests, then every scenario as a vitest file on the live cluster')
    .argument('[filter...]', 'vitest filters: parts of a path, or file.yaml:line')
    .option('-t, --test-name-pattern <pattern>', 'only tests whose full name matches')
    .addOption(new Option('--project <name>', 'only one project').choices(['unit', 'scenarios']))
    .addOption(nameOption())
    .option('--context <name>', 'run the scenarios on a cluster that meshproof did not make')
    .option('--allow-mesh-wide', 'there, let scenarios change the mesh as a whole', false)
    .addOption(istioOption())
    .addOption(imagesOption())
    .addOption(noInstallOption())
    .addOption(yesOption())
    .action(async (filters, options) => done(await (await import('./test.ts')).testCommand(filters, { ...options, stop })))
  command
    .command('down')
    .description('remove the cluster that meshproof made')
    .addOption(nameOption())
    .action(async (options) => done(await (await import('./down.ts')).downCommand({ ...options, signal })))
  command
    .command('lint')
    .description('check scenario files; needs no cluster')
    .argument('[scenario...]', 'files or folders; scenarios/ unless said')
    .action(async (files) => done(await (await import('./lint.ts')).lintCommand(files)))
  command
    .command('plan')
    .description('say what a run would apply and ask; needs no cluster')
    .argument('[scenario...]', 'as for run')
    .action(async (scenarios) => done(await (await import('./plan.ts')).planCommand(scenarios)))
  command
    .command('diff')
    .description('compare two records of runs; ends with 1 on a regression, with 3 when they are not comparable')
    .argument('<earlier>', 'a report.json, or the folder of one')
    .argument('<later>', 'the same')
    .option('--slower <ratio>', 'so many times as long (and 500 ms more) counts as slower to enforce', ratio, 2)
    .option('--markdown', 'print Markdown', false)
    .action(async (earlier, later, options) => done(await (await import('./diff.ts')).diffCommand(earlier, later, options)))
  command
    .command('explain')
    .description('say of a cell what was declared, what was seen and who decided, from the last record')
    .argument('<scenario:line>', 'file.yaml:LINE or id:LINE; without a line, every cell that is not a pass')
    .option('--record <file>', 'a report.json, or the folder of one', 'test-results')
    .action(async (place, options) => done(await (await import('./explain.ts')).explainCommand(place, options)))
  return command
}

function ratio(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) >= 1) return Number(text)
  throw new InvalidArgumentError('a number of at least 1: 1.5.')
}

function count(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new InvalidArgumentError('a whole number.')
}

function nameOption(initial = 'meshproof'): Option {
  return new Option('--name <cluster>', 'the cluster that meshproof makes')
    .env('MESHPROOF_CLUSTER')
    .default(initial)
    .argParser((name) => {
      if (/^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$/.test(name)) return name
      throw new InvalidArgumentError('lower-case letters, digits and dashes, at most 50.')
    })
}

function istioOption(): Option {
  return new Option('--istio <line>', 'Istio line, as kind/versions.yaml pins it: 1.31')
}

function imagesOption(): Option {
  return new Option('--images <source>', 'where images come from').choices(['auto', 'registry', 'build']).default('auto')
}

function noInstallOption(): Option {
  return new Option('--no-install', 'install nothing on this machine, say what to do instead')
}

function yesOption(): Option {
  return new Option('--yes', 'do not ask before long or large work').default(false)
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded) resolve()
    else stream.write('', () => resolve())
  })
}
