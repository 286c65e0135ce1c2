import pc from 'picocolors'
import type { Verdict } from '../run/result.ts'

/** How text looks on one stream: its colours and its glyphs. */
export interface Look {
  readonly glyph: Readonly<Record<Verdict, string>>
  /** Between what was declared and what was seen. */
  readonly unequal: string
  /** Frames of the sign that something still runs. */
  readonly spinner: readonly string[]
  paint(verdict: Verdict, text: string): string
  bold(text: string): string
  dim(text: string): string
  /** Puts our own signs into ASCII where the stream cannot show them; other text stays. */
  text(text: string): string
}

/** @param options.unicode whether the stream shows more than ASCII, see `showsUnicode`. */
export function createLook(options: { colour: boolean; unicode: boolean }): Look {
  const colours = pc.createColors(options.colour)
  const paints = { pass: colours.green, fail: colours.red, inconclusive: colours.yellow }
  return {
    glyph: options.unicode ? { pass: '✓', fail: '✗', inconclusive: '?' } : { pass: '+', fail: 'x', inconclusive: '?' },
    unequal: options.unicode ? '≠' : '!=',
    spinner: options.unicode ? ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] : ['|', '/', '-', '\\'],
    paint: (verdict, text) => paints[verdict](text),
    bold: colours.bold,
    dim: colours.dim,
    text: (text) => (options.unicode ? text : toAscii(text)),
  }
}

/** Whether a terminal with this environment shows more than ASCII. A locale that is not set says nothing, and most do. */
export function showsUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  if (env['TERM'] === 'linux' || env['TERM'] === 'dumb') return false
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG']
  return locale ? /utf-?8/i.test(locale) : true
}

const ASCII: Readonly<Record<string, string>> = {
  '→': '->',
  '≠': '!=',
  '·': '-',
  '…': '...',
  '×': 'x',
  '✓': '+',
  '✗': 'x',
  '█': '#',
  '░': '.',
}

function toAscii(text: string): string {
  return text.replace(/[→≠·…×✓✗█░]/g, (sign) => ASCII[sign] ?? sign)
}
