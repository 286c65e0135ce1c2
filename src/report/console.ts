import { statSync } from 'node:fs'
import type { Reporter, RunEvent } from '../run/events.ts'
import type { Scenario, Step } from '../scenario/model.ts'
import { type Detail, scenarioEndLines, scenarioLines, stepLines } from './console-step.ts'
import { summaryLines } from './console-summary.ts'
import { formatMs } from './duration.ts'
import { liveArea } from './live.ts'
import { createLook } from './look.ts'
import { runLog } from './run-log.ts'
import { guardStream, type TextStream } from './text-stream.ts'

export interface ConsoleOptions {
  readonly stream: TextStream
  /** Whether lines may be redrawn; false in CI. */
  readonly tty: boolean
  readonly colour: boolean
  readonly unicode?: boolean
  readonly verbose?: boolean
  readonly quiet?: boolean
  /** Files of this run to name at the end; those that do not exist then are left out. */
  readonly files?: readonly string[]
}

/**
 * Tells a run to people: a live line for each step that runs, a line for each that ended, what differs, and the summary at `end`.
 * Scenarios that run at the same time are printed one after the other; only live lines mix.
 */
export function consoleReporter(options: ConsoleOptions): Reporter {
  const { tty, colour, unicode = true, verbose = false, quiet = false, files = [] } = options
  const stream = guardStream(options.stream)
  const look = createLook({ colour, unicode })
  const log = runLog()
  const running = new Map<string, Running>()
  const queue: Held[] = []
  const frame = () => (tty && !quiet ? [...running.values()].map((one) => look.text(liveLine(one, running.size > 1, look.spinner))) : [])
  const live = tty ? liveArea(stream, frame) : undefined
  const detail = (): Detail => ({ look, verbose, quiet, width: tty ? stream.columns : undefined })

  const print = (lines: readonly string[]) => {
    const texts = lines.map(look.text)
    if (live) live.print(texts)
    else if (texts.length > 0) stream.write(`${texts.join('\n')}\n`)
  }

  const say = (scenario: Scenario, lines: readonly string[]) => {
    const held = queue.find((one) => one.scenario.id === scenario.id)
    if (held) held.lines.push(...lines)
    flush()
  }

  /** Prints what the first scenario has said; when it has ended, the next comes first. */
  const flush = () => {
    for (let first = queue[0]; first; first = queue[0]) {
      const lines = first.lines.splice(0)
      if (lines.length > 0 && !first.titled) lines.unshift(...scenarioLines(first.scenario, look))
      if (lines.length > 0) first.titled = true
      print(lines)
      if (!first.ended) return
      queue.shift()
    }
  }

  const handle = (event: RunEvent) => {
    log.onEvent(event)
    switch (event.kind) {
      case 'run-start':
        if (!quiet) print([look.dim(`run ${event.id}`)])
        return
      case 'scenario-start':
        queue.push({ scenario: event.scenario, lines: [], titled: false, ended: false })
        return
      case 'step-start':
        running.set(event.scenario.id, { ...event, phase: 'starting', decided: 0, red: 0, since: Date.now() })
        return
      case 'step-phase':
        update(running, event.scenario, { phase: event.phase })
        return
      case 'cell-decided': {
        const { decided = 0, red = 0 } = running.get(event.scenario.id) ?? {}
        update(running, event.scenario, { decided: decided + 1, red: red + (event.result.verdict === 'pass' ? 0 : 1) })
        return
      }
      case 'step-end':
        running.delete(event.scenario.id)
        say(event.scenario, stepLines(event.result, detail()))
        return
      case 'scenario-end': {
        running.delete(event.scenario.id)
        const held = queue.find((one) => one.scenario.id === event.scenario.id)
        if (held) held.ended = true
        say(event.scenario, scenarioEndLines(event.result, look))
        return
      }
      case 'run-end':
        running.clear()
        return
    }
  }

  return {
    onEvent(event) {
      try {
        handle(event)
      } catch (error) {
        // Whatever shows this error must not be drawn over.
        live?.close()
        throw error
      }
    },
    async end() {
      running.clear()
      for (const held of queue) held.ended = true
      flush()
      const result = log.result()
      if (result) print([...(quiet ? [] : ['']), ...summaryLines(result, look, files.filter(isThere))])
      live?.close()
      stream.check()
    },
  }
}

interface Held {
  readonly scenario: Scenario
  readonly lines: string[]
  titled: boolean
  ended: boolean
}

interface Running {
  readonly scenario: Scenario
  readonly step: Step
  readonly phase: string
  readonly decided: number
  /** Of those, how many are not a pass. */
  readonly red: number
  /** `Date.now()` of its start. */
  readonly since: number
}

function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false
}

function update(running: Map<string, Running>, scenario: Scenario, change: Partial<Running>): void {
  const one = running.get(scenario.id)
  if (one) running.set(scenario.id, { ...one, ...change })
}

function liveLine({ scenario, step, phase, decided, red, since }: Running, several: boolean, spinner: readonly string[]): string {
  const elapsed = Date.now() - since
  const sign = spinner[Math.floor(elapsed / 100) % spinner.length] ?? ''
  const whose = several ? `${scenario.id}: ` : ''
  const cells = phase === 'asking' ? ` ${decided} of ${step.cells.length} cells${red > 0 ? `, ${red} not as declared` : ''}` : ''
  // The title comes last, because what does not fit is cut off.
  return `  ${sign} ${whose}step ${step.index + 1} of ${scenario.steps.length} · ${phase}${cells} · ${formatMs(elapsed)} · ${step.title}`
}
