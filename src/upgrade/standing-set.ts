import { readFile } from 'node:fs/promises'
import { EXIT, MeshproofError } from '../error.ts'
import { KIND_FOLDER } from '../mesh/kind-folder.ts'
import { readVersions } from '../mesh/versions.ts'
import { type WorldApp, worldApp } from '../mesh/world-objects.ts'
import { isServed } from '../run/evaluate.ts'
import type { Cell, Scenario, WorldNamespace } from '../scenario/model.ts'
import { parseScenario } from '../scenario/parse.ts'
import { formatProblem } from '../scenario/problem.ts'

/** One pair that is asked all the while. */
export interface Pair {
  /** The cell's id. */
  readonly id: string
  readonly cell: Cell
  /** `echo.mp-upgrade-a`: who answers. */
  readonly server: { readonly app: string; readonly namespace: string; readonly port: number }
  /** Whether it is to be served. */
  readonly allowed: boolean
}

/** What stands during an upgrade: policies, who asks and who is asked. The file is a scenario of one step. */
export interface StandingSet {
  readonly scenario: Scenario
  readonly pairs: readonly Pair[]
  /** Its own namespaces, without those that are there for others. */
  readonly namespaces: readonly WorldNamespace[]
  readonly apps: readonly WorldApp[]
  /** What it needs of the ordinary world: authorizers. */
  readonly world: readonly WorldNamespace[]
}

/** Who asks, and who is asked; their manifests stand beside the set. */
export const PROBER = 'prober'
const ECHO = 'echo'

/** Reads the standing set. @throws MeshproofError `standing-set-broken` with every problem. */
export async function readStandingSet(file: string = `${KIND_FOLDER}upgrade/standing.yaml`): Promise<StandingSet> {
  const surroundings = { apps: [PROBER, ECHO, 'ext-authz'], services: { [ECHO]: [ECHO, `${ECHO}-fresh`] } }
  const { scenario, problems } = parseScenario(file, await readFile(file, 'utf8'), surroundings)
  if (!scenario) throw broken(file, problems.map(formatProblem).join('\n'))
  const [step, second] = scenario.steps
  if (!step || second) throw broken(file, `${scenario.steps.length} steps: a standing set has one`)
  const isOwn = ({ apps }: WorldNamespace) => apps.some((app) => app === PROBER || app === ECHO)
  const namespaces = scenario.world.filter(isOwn)
  return {
    scenario,
    pairs: step.cells.map((cell) => pairOf(cell, file)),
    namespaces,
    apps: await appsOf(namespaces),
    world: scenario.world.filter((namespace) => !isOwn(namespace)),
  }
}

function pairOf(cell: Cell, file: string): Pair {
  const { to, from } = cell
  if (to.kind !== 'service' || to.app !== ECHO || from.app !== PROBER || cell.declared.sees.length > 0) {
    throw broken(file, `${from.text} → ${to.text}: the prober asks services of the app ${ECHO}, and reads no bodies`)
  }
  return { id: cell.id, cell, server: to, allowed: isServed(cell.declared.outcome) }
}

async function appsOf(namespaces: readonly WorldNamespace[]): Promise<WorldApp[]> {
  const captureImage = (await readVersions()).apps.capture.image
  const wanted = namespaces.flatMap(({ name, mesh, apps }) => apps.map((app) => ({ namespace: name, mesh, app })))
  return Promise.all(
    wanted.map(async (one) => worldApp({ ...one, captureImage, text: await readFile(`${KIND_FOLDER}upgrade/${one.app}.yaml`, 'utf8') })),
  )
}

function broken(file: string, seen: string): MeshproofError {
  return new MeshproofError({ code: 'standing-set-broken', message: `${file} cannot be used as the standing set`, seen, exit: EXIT.usage })
}
