import { one, say } from './dom.ts'

/** Dark or light: the reader's system decides until the button is pressed. */
export function toggleTheme(): void {
  const button = one('[data-theme-toggle]', HTMLButtonElement)
  const dark = matchMedia('(prefers-color-scheme: dark)')
  button.hidden = false
  button.addEventListener('click', () => {
    const root = document.documentElement
    const now = root.dataset['theme'] ?? (dark.matches ? 'dark' : 'light')
    root.dataset['theme'] = now === 'dark' ? 'light' : 'dark'
    say(`The page is ${root.dataset['theme']} now`)
  })
}
