/** Text that is HTML (or SVG) already. Only `html` makes it. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Value = string | number | Markup | undefined | false | readonly Value[]

/**
 * A template of HTML: every value is escaped unless it is markup itself, so nothing that a cluster says becomes an element.
 * Lists are joined; `undefined` and `false` are left out. Attributes must be written in double quotes.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(parts.map((part, index) => part + render(values[index])).join(''))
}

/** Sheets, programs and data that this module's callers made themselves; never anything from a record. */
export function trusted(text: string): Markup {
  return new Markup(text)
}

function render(value: Value): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Markup) return value.text
  if (typeof value === 'object') return value.map(render).join('')
  return String(value)
    .replace(HIDDEN, unhide)
    .replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign)
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Controls, halves of surrogate pairs, and what turns the direction of text: a name must not read as another. */
const HIDDEN = /[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu

function unhide(sign: string): string {
  if (sign === '\n' || sign === '\t') return sign
  if (sign === '\r') return ''
  return `⟨U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`
}
