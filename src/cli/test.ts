import { createVitest } from 'vitest/node'
import { EXIT, type ExitCode, MeshproofError, worstExit } from '../error.ts'
import { loadScenarios } from '../scenario/load.ts'
import { writeSettings } from '../vitest/settings.ts'
import type { Interrupts } from './interrupts.ts'
import type { ReachOptions } from './reach-mesh.ts'
import { showProblems } from './show-problems.ts'

interface TestCommand extends Omit<ReachOptions, 'signal' | 'progress'> {
  readonly testNamePattern?: string | undefined
  readonly project?: Project | undefined
  readonly allowMeshWide: boolean
  readonly stop: Interrupts
}

type Project = 'unit' | 'scenarios'

/** `meshproof test`: unit tests, then the scenarios on a live cluster; both run even when the first is red. */
export async function testCommand(filters: readonly string[], options: TestCommand): Promise<ExitCode> {
  const { problems } = await loadScenarios([])
  if (showProblems(problems)) return EXIT.usage
  Object.assign(process.env, writeSettings(options))
  const projects: readonly Project[] = options.project ? [options.project] : ['unit', 'scenarios']
  const exits: ExitCode[] = []
  for (const project of projects) {
    if (!options.stop.signal.aborted) exits.push(await runProject(project, filters, options))
  }
  return worstExit(options.stop.signal.aborted ? [...exits, EXIT.interrupted] : exits)
}

async function runProject(
  project: Project,
  filters: readonly string[],
  { testNamePattern, stop, project: asked }: TestCommand,
): Promise<ExitCode> {
  const narrowed = filters.length > 0 || testNamePattern !== undefined
  const vitest = await createVitest('test', {
    watch: false,
    project: [project],
    ...(testNamePattern === undefined ? {} : { testNamePattern }),
    // A filter that means a scenario matches no unit test, which is no fault.
    passWithNoTests: narrowed && asked === undefined,
  })
  // Vitest's own handlers end the process before anything is cleaned up.
  stop.takeOver()
  const onAbort = () => {
    // Rejects when what runs is no test yet; `start` rejects with the same then.
    vitest.cancelCurrentRun('keyboard-input').catch(() => undefined)
  }
  stop.signal.addEventListener('abort', onAbort, { once: true })
  try {
    const { testModules, unhandledErrors } = await vitest.start([...filters])
    const failed = testModules.flatMap((module) => [...module.children.allTests('failed')])
    const broken = testModules.some(
      (module) => module.errors().length > 0 || [...module.children.allSuites()].some((suite) => suite.errors().length > 0),
    )
    const marked = (verdict: string) => failed.filter((test) => (test.meta() as { verdict?: string }).verdict === verdict).length
    const [inconclusive, refused] = [marked('inconclusive'), marked('usage')]
    return worstExit([
      refused > 0 ? EXIT.usage : EXIT.conformant,
      failed.length > inconclusive + refused || (broken && project === 'unit') ? EXIT.notConformant : EXIT.conformant,
      inconclusive > 0 || broken || unhandledErrors.length > 0 ? EXIT.inconclusive : EXIT.conformant,
    ])
  } catch (error) {
    throw known(error)
  } finally {
    stop.signal.removeEventListener('abort', onAbort)
    await vitest.close()
    stop.takeOver()
  }
}

/** Vitest loads our modules once more for itself, so that a known error of theirs is of a class that only bears our class's name. */
function known(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof MeshproofError || error.name !== 'MeshproofError') return error
  const { code, message, expected, seen, where, next, exit, cause } = error as MeshproofError
  return new MeshproofError({ code, message, expected, seen, where, next, exit, cause })
}
