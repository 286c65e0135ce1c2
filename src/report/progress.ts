import type { Progress } from '../mesh/types.ts'
import { formatMs } from './duration.ts'
import { liveArea } from './live.ts'
import { createLook } from './look.ts'
import { guardStream, type TextStream } from './text-stream.ts'

interface ProgressOptions {
  readonly stream: TextStream
  /** Whether lines may be redrawn; false in CI. */
  readonly tty: boolean
  readonly colour?: boolean
  readonly unicode?: boolean
}

/** Takes progress events; `close` ends the drawing, also of steps that never ended because their work failed. */
type ConsoleProgress = Progress & { close(): void }

/** Without a terminal, a long step says that it still runs as often as this. */
const HEARTBEAT_MS = 30_000

/** Shows the progress of long work: redrawn lines with a bar on a terminal, else a line at each start, end and heartbeat. */
export function consoleProgress({ stream: target, tty, colour = tty, unicode = true }: ProgressOptions): ConsoleProgress {
  const stream = guardStream(target)
  const look = createLook({ colour, unicode })
  const steps = new Map<string, Running>()
  const frame = () => [...steps.values()].map((step) => look.text(liveLine(step, look.spinner)))
  const live = tty ? liveArea(stream, frame) : undefined
  const print = (line: string) => {
    if (live) live.print([look.text(line)])
    else stream.write(`${look.text(line)}\n`)
  }

  const begin = (title: string): Running => {
    const known = steps.get(title)
    if (known) return known
    const step: Running = { title, since: Date.now(), beat: undefined }
    if (!tty) {
      print(`  … ${title}`)
      step.beat = setInterval(
        () => print(`  … ${title}, still running after ${formatMs(Date.now() - step.since)}${countText(step)}`),
        HEARTBEAT_MS,
      )
      step.beat.unref()
    }
    steps.set(title, step)
    return step
  }

  const progress: Progress = (event) => {
    switch (event.kind) {
      case 'start':
        begin(event.title)
        return
      case 'count':
        begin(event.title).count = event
        return
      case 'note':
        print(`    ${look.dim(event.text)}`)
        return
      case 'end':
        clearInterval(steps.get(event.title)?.beat)
        steps.delete(event.title)
        print(`  ${look.paint('pass', look.glyph.pass)} ${event.title} ${look.dim(`· ${event.skipped ?? formatMs(event.ms)}`)}`)
        return
    }
  }

  const close = () => {
    for (const step of steps.values()) {
      clearInterval(step.beat)
      print(
        `  ${look.paint('fail', look.glyph.fail)} ${step.title} ${look.dim(`· not finished after ${formatMs(Date.now() - step.since)}${countText(step)}`)}`,
      )
    }
    steps.clear()
    live?.close()
  }

  return Object.assign(progress, { close })
}

interface Running {
  readonly title: string
  /** `Date.now()` of its start. */
  readonly since: number
  beat: NodeJS.Timeout | undefined
  count?: { readonly done: number; readonly of: number; readonly detail?: string }
}

function liveLine(step: Running, spinner: readonly string[]): string {
  const elapsed = Date.now() - step.since
  const bar = step.count ? ` ${barText(step.count)}` : ''
  return `  ${spinner[Math.floor(elapsed / 100) % spinner.length] ?? ''} ${step.title}${bar}${countText(step)} · ${formatMs(elapsed)}`
}

function countText({ count }: Running): string {
  if (!count) return ''
  return `, ${count.done} of ${count.of}${count.detail ? ` (${count.detail})` : ''}`
}

const BAR = 20

function barText({ done, of }: { done: number; of: number }): string {
  const filled = of <= 0 ? 0 : Math.min(BAR, Math.max(0, Math.round((done / of) * BAR)))
  return `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}`
}
