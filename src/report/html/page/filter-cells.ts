import { all, one } from './dom.ts'

interface Cell {
  readonly slot: HTMLElement
  readonly verdict: string
  readonly scenario: string
  readonly text: string
}

/** Shows what matches the verdict, the scenario and every word of the search; rows, tables, steps and scenarios without a match go. */
export function filterCells(): void {
  const toolbar = one('.toolbar', HTMLElement)
  const search = one('#search', HTMLInputElement)
  const pick = one('#scenario', HTMLSelectElement)
  const count = one('#count', HTMLElement)
  const buttons = all('[data-filter]', toolbar)
  const cells = all('.cell').map(toCell)
  const opened = new Set<HTMLDetailsElement>()
  toolbar.hidden = false

  const apply = () => {
    const verdict = buttons.find((button) => button.getAttribute('aria-pressed') === 'true')?.dataset['filter'] ?? 'all'
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean)
    const wanted = new Set(
      cells.filter(
        (cell) =>
          (verdict === 'all' || cell.verdict === verdict) &&
          (pick.value === '' || cell.scenario === pick.value) &&
          words.every((word) => cell.text.includes(word)),
      ),
    )
    const filtered = verdict !== 'all' || pick.value !== '' || words.length > 0
    const kept = new Set([...wanted].flatMap(({ slot }) => [...ancestors(slot)]))
    for (const cell of cells) cell.slot.classList.toggle('off', filtered && !wanted.has(cell))
    for (const part of all('.truth tbody tr, .table, [data-step], [data-scenario]')) part.hidden = filtered && !kept.has(part)
    for (const line of all('[data-outline]')) line.hidden = document.getElementById(line.dataset['outline'] ?? '')?.hidden ?? false
    unfold({ filtered, kept, opened })
    const found = filtered ? wanted.size : cells.length
    count.textContent = `${found} of ${cells.length} shown`
    one('#nothing-matches', HTMLElement).hidden = found > 0 || !filtered
  }

  search.addEventListener('input', apply)
  pick.addEventListener('change', apply)
  for (const button of buttons) {
    button.addEventListener('click', () => {
      for (const other of buttons) other.setAttribute('aria-pressed', String(other === button))
      apply()
    })
  }
  apply()
}

/** Opens the scenarios that hold a match, and closes them again when nothing is filtered any more. */
function unfold({ filtered, kept, opened }: { filtered: boolean; kept: ReadonlySet<Element>; opened: Set<HTMLDetailsElement> }): void {
  if (!filtered) {
    for (const scenario of opened) scenario.open = false
    opened.clear()
    return
  }
  for (const scenario of all('[data-scenario]')) {
    if (!(scenario instanceof HTMLDetailsElement) || scenario.open || !kept.has(scenario)) continue
    scenario.open = true
    opened.add(scenario)
  }
}

function toCell(link: HTMLElement): Cell {
  const slot = closest(link, 'td', HTMLTableCellElement)
  const step = closest(link, '[data-step]', HTMLElement)
  const scenario = closest(link, '[data-scenario]', HTMLElement)
  const table = closest(link, 'table', HTMLElement)
  const row = closest(link, 'tr', HTMLElement)
  const head = table.querySelectorAll('thead th').item(slot.cellIndex)
  const texts = [
    link,
    head,
    row.querySelector('th'),
    table.querySelector('caption'),
    scenario.querySelector('h2'),
    step.querySelector('h3'),
  ]
  const changes = [...step.querySelectorAll('.change h4')]
  const text = [link.id, ...[...texts, ...changes].map((element) => element?.textContent ?? '')].join(' ').toLowerCase()
  return { slot, verdict: link.dataset['verdict'] ?? '', scenario: scenario.id, text }
}

function closest<T extends Element>(element: Element, selector: string, kind: abstract new (...args: never[]) => T): T {
  const found = element.closest(selector)
  if (found instanceof kind) return found
  throw new Error(`a cell stands outside ${selector}`)
}

function* ancestors(element: Element): Generator<Element> {
  for (let up: Element | null = element; up; up = up.parentElement) yield up
}
