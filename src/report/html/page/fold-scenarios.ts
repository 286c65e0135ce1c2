import { all, one } from './dom.ts'

/** Opens and closes all scenarios, and opens them for paper. */
export function foldScenarios(): void {
  const button = one('[data-fold]', HTMLButtonElement)
  const scenarios = all('[data-scenario]').filter((scenario) => scenario instanceof HTMLDetailsElement)
  const relabel = () => {
    button.textContent = scenarios.some((scenario) => scenario.open) ? 'Collapse all' : 'Expand all'
  }
  button.addEventListener('click', () => {
    const open = !scenarios.some((scenario) => scenario.open)
    for (const scenario of scenarios) scenario.open = open
  })
  for (const scenario of scenarios) scenario.addEventListener('toggle', relabel)
  relabel()

  let closed: HTMLDetailsElement[] = []
  addEventListener('beforeprint', () => {
    closed = scenarios.filter((scenario) => !scenario.open)
    for (const scenario of closed) scenario.open = true
  })
  addEventListener('afterprint', () => {
    for (const scenario of closed) scenario.open = false
  })
}
