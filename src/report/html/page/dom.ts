/** The one element of its kind that the page is made with. */
export function one<T extends Element>(selector: string, kind: abstract new (...args: never[]) => T, within: ParentNode = document): T {
  const found = within.querySelector(selector)
  if (found instanceof kind) return found
  throw new Error(`the page has no ${selector}`)
}

/** All elements of a selector, in the page's order. */
export function all(selector: string, within: ParentNode = document): HTMLElement[] {
  return [...within.querySelectorAll<HTMLElement>(selector)]
}

/** Tells those who do not see what has just happened. */
export function say(text: string): void {
  one('#said', HTMLElement).textContent = text
}
