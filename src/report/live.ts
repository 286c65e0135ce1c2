import type { TextStream } from './text-stream.ts'

/** The last lines of a terminal, redrawn while something runs; text that stays is printed above them. */
interface LiveArea {
  /** Prints lines that stay. */
  print(lines: readonly string[]): void
  /** Takes the lines away and stops redrawing. What is printed later stays. */
  close(): void
}

/** Milliseconds between two frames. */
const FRAME_MS = 100

/**
 * @param lines makes the present lines, plain text of any length; they are cut to the terminal's width and lose
 * their control characters, because a line that wraps or breaks cannot be taken away again.
 */
export function liveArea(stream: TextStream, lines: () => readonly string[]): LiveArea {
  let drawn = 0
  const draw = (above: readonly string[]) => {
    const width = stream.columns ?? 80
    const below = lines().map((line) => [...line.replace(/\p{Cc}+/gu, ' ')].slice(0, width - 1).join(''))
    stream.write(`${erase(drawn)}${[...above, ...below].map((line) => `${line}\n`).join('')}`)
    drawn = below.length
  }
  const timer = setInterval(() => {
    if (drawn > 0 || lines().length > 0) draw([])
  }, FRAME_MS)
  // The process ends when its work ends, whatever is still drawn.
  timer.unref()
  return {
    print: (above) => draw(above),
    close: () => {
      clearInterval(timer)
      if (drawn > 0) stream.write(erase(drawn))
      drawn = 0
    },
  }
}

/** Up over the drawn lines, and everything below away. */
function erase(count: number): string {
  return count === 0 ? '' : `\u001b[${count}A\r\u001b[0J`
}
