/** A read element; `text` is what stands in it directly. */
export interface Node {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Node[]
  text: string
}

/**
 * Reads an XML document as strictly as the tests of our files need: one root, tags that match, each attribute once, no bare `<` or `&`.
 * For tests only. Knows neither comments nor CDATA, which we do not write.
 */
export function readXml(document: string): Node {
  const top: Node = { name: '', attributes: {}, children: [], text: '' }
  const open = [top]
  const tokens = /<\?xml [^?]*\?>|<\/(?<close>[\w-]+)>|<(?<open>[\w-]+)(?<pairs>(?: [\w-]+="[^"<]*")*)(?<empty>\/?)>|(?<text>[^<]+)/y
  // https://www.w3.org/TR/xml/#sec-line-ends
  const text = document.replace(/\r\n?/g, '\n')
  while (tokens.lastIndex < text.length) {
    const at = tokens.lastIndex
    const groups = tokens.exec(text)?.groups
    if (!groups) throw new Error(`no XML at: ${text.slice(at, at + 60)}`)
    const parent = open.at(-1)
    if (!parent) throw new Error('text after the root')
    if (groups['text']) parent.text += decode(groups['text'])
    if (groups['close'] && open.pop()?.name !== groups['close']) throw new Error(`</${groups['close']}> closes what is not open`)
    if (!groups['open']) continue
    const node: Node = { name: groups['open'], attributes: attributesOf(groups['pairs'] ?? ''), children: [], text: '' }
    parent.children.push(node)
    if (!groups['empty']) open.push(node)
  }
  const [root] = top.children
  if (!root || top.children.length !== 1 || open.length !== 1 || top.text.trim() !== '') throw new Error('not exactly one whole root')
  return root
}

/** Every element of this name, at any depth. */
export function all(node: Node, name: string): Node[] {
  return node.children.flatMap((child) => [...(child.name === name ? [child] : []), ...all(child, name)])
}

/** The text of the first child of this name. */
export function textOf(node: Node | undefined, name: string): string | undefined {
  return node?.children.find((child) => child.name === name)?.text
}

function attributesOf(pairs: string): Record<string, string> {
  const found = [...pairs.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, decode(value)] as const)
  if (new Set(found.map(([key]) => key)).size !== found.length) throw new Error(`an attribute stands twice: ${pairs}`)
  return Object.fromEntries(found)
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decode(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+));|&/g, (whole, code?: string, name?: string) => {
    const sign = code ? String.fromCodePoint(Number(code)) : NAMED[name ?? '']
    if (sign === undefined) throw new Error(`no such reference: ${whole}`)
    return sign
  })
}
