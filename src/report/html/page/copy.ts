import { one, say } from './dom.ts'

/** Copies the text beside a copy button; also where a page may not use the clipboard, as over plain HTTP. */
export function copyOnClick(): void {
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-copy]') : null
    if (button?.parentElement) void copy(button, one('pre', HTMLElement, button.parentElement))
  })
}

async function copy(button: HTMLElement, block: HTMLElement): Promise<void> {
  const said = (await copied(block)) ? 'Copied' : 'Selected: copy it with the keyboard'
  const label = one('span', HTMLElement, button)
  label.textContent = said
  say(said)
  setTimeout(() => {
    label.textContent = 'Copy'
  }, 2_000)
}

async function copied(block: HTMLElement): Promise<boolean> {
  // Absent where the page did not come over a secure way; refused where a frame or the reader forbids it.
  const clipboard: Clipboard | undefined = navigator.clipboard
  const written = await clipboard?.writeText(block.textContent ?? '').then(
    () => true,
    () => false,
  )
  if (written) return true
  getSelection()?.selectAllChildren(block)
  return document.execCommand('copy')
}
