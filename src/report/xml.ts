import { stripVTControlCharacters } from 'node:util'

/** An element; `undefined` attributes and children are left out. */
export interface Element {
  readonly name: string
  readonly attributes?: Readonly<Record<string, string | number | undefined>>
  readonly children?: readonly (Element | undefined)[]
  readonly text?: string
}

/** An XML 1.0 document, indented. Whatever XML cannot hold (control characters, halves of surrogate pairs, colour codes) is stripped. */
export function renderXml(root: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${renderElement(root, '').join('\n')}\n`
}

function renderElement({ name, attributes = {}, children = [], text }: Element, indent: string): string[] {
  const pairs = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escapeAttribute(String(value))}"`],
  )
  const open = `${indent}<${name}${pairs.join('')}`
  const inner = children.flatMap((child) => (child ? renderElement(child, `${indent}  `) : []))
  if (inner.length > 0) return [`${open}>`, ...inner, `${indent}</${name}>`]
  return [text === undefined ? `${open}/>` : `${open}>${escapeText(text)}</${name}>`]
}

/** Line feeds and tabs would be read back as spaces, so they are written as references. */
function escapeAttribute(text: string): string {
  return escapeText(text)
    .replace(/"/g, '&quot;')
    .replace(/[\t\n]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

/** A bare carriage return would be read back as a line feed. */
function escapeText(text: string): string {
  return stripVTControlCharacters(text)
    .replace(NOT_XML, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\r/g, '&#13;')
}

/** All but the characters of https://www.w3.org/TR/xml/#charsets */
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu
