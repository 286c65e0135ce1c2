import { renderEvidence } from '../evidence.ts'
import { html } from '../markup.ts'
import { placeOf } from '../places.ts'
import { VERDICT_WORDS, verdictSign } from '../signs.ts'
import { all, one, say } from './dom.ts'
import { unpacker } from './unpack.ts'

/**
 * Shows what the address names after `#`: a scenario or a step by opening it, a cell with its evidence at the side. Only the address
 * decides, so every view can be linked to and the browser's own keys go back and forth.
 */
export function showEvidence(): void {
  const dialog = one('#evidence', HTMLDialogElement)
  const unpack = unpacker()
  const narrow = matchMedia('(max-width: 900px)')
  let shown: HTMLElement | undefined

  const hide = () => {
    dialog.close()
    document.body.classList.remove('inspecting')
    shown?.classList.remove('current')
    shown?.focus()
    shown = undefined
  }
  const close = () => {
    history.replaceState(null, '', location.pathname + location.search)
    hide()
  }

  const show = async (cell: HTMLElement) => {
    const place = cell.id
    shown?.classList.remove('current')
    shown = cell
    cell.classList.add('current')
    const record = await unpack(cell.closest('[data-scenario]')?.id ?? '')
    // Another cell was asked for meanwhile.
    if (shown !== cell) return
    const step = record.steps.find((one) => one.cells.some((other) => placeOf(record, other) === place))
    const found = step?.cells.find((one) => placeOf(record, one) === place)
    if (!step || !found) throw new Error(`the page holds no evidence of ${place}`)
    const title = html`${verdictSign(found.verdict)} <span>${found.from.text} → ${found.to.text}</span> <span class="asks">${found.asks}</span><span class="visually-hidden">, ${VERDICT_WORDS[found.verdict]}</span>`
    one('#evidence-title', HTMLElement).innerHTML = title.text
    const body = one('#evidence-body', HTMLElement)
    const context = document.body.dataset['context'] || undefined
    body.innerHTML = renderEvidence(found, { context, attempts: 'all', changed: step.changes.length > 0 }).text
    body.scrollTop = 0
    document.body.classList.add('inspecting')
    const going = dialog.open && dialog.contains(document.activeElement)
    if (!dialog.open) narrow.matches ? dialog.showModal() : dialog.show()
    // The page is narrower now, so the cell may have moved.
    cell.scrollIntoView({ block: 'center' })
    // Who goes on with the buttons stays on them, and hears where that led.
    if (going) say(one('#evidence-title', HTMLElement).textContent ?? '')
    else one('#evidence-title', HTMLElement).focus({ preventScroll: true })
  }

  const follow = () => {
    const target = document.getElementById(location.hash.slice(1))
    const scenario = target?.closest('[data-scenario]')
    if (dialog.open && !target?.matches('.cell')) hide()
    if (!target || !scenario) return
    if (scenario instanceof HTMLDetailsElement) scenario.open = true
    target.scrollIntoView({ block: target.matches('.cell') ? 'center' : 'start' })
    if (target.matches('.cell')) void show(target)
  }

  addEventListener('hashchange', follow)
  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Element)) return
    const link = event.target.closest<HTMLAnchorElement>('a[href^="#"]')
    const place = event.target.closest<HTMLElement>('[data-place]')?.dataset['place'] ?? link?.hash.slice(1)
    // A second click on the same link changes no address.
    if (place === location.hash.slice(1)) follow()
    else if (!link && place) location.hash = place
  })
  one('[data-close]', HTMLElement, dialog).addEventListener('click', close)
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault()
    close()
  })
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && dialog.open && !event.defaultPrevented) close()
  })
  for (const button of all('[data-go]', dialog)) {
    button.addEventListener('click', () => {
      const next = neighbour(shown, Number(button.dataset['go']))
      if (!next) return
      // Unlike a navigation this leaves the focus on the button.
      history.replaceState(null, '', `#${next.id}`)
      follow()
    })
  }
  highlightLines()
  follow()
}

/** The cell before or after, among those that the filters show. */
function neighbour(cell: HTMLElement | undefined, by: number): HTMLElement | undefined {
  const cells = all('.cell').filter((one) => one === cell || !one.closest('[hidden], .off'))
  return cell && cells[cells.indexOf(cell) + by]
}

/** A cell under the pointer or the focus shows its line in the picture. */
function highlightLines(): void {
  const mark = (event: Event, on: boolean) => {
    const cell = event.target instanceof Element ? event.target.closest('.cell') : null
    if (!cell) return
    for (const line of cell.closest('[data-step]')?.querySelectorAll('.edge[data-places]') ?? []) {
      line.classList.toggle('lit', on && (line.getAttribute('data-places') ?? '').split(' ').includes(cell.id))
    }
  }
  for (const [begin, end] of [
    ['mouseover', 'mouseout'],
    ['focusin', 'focusout'],
  ] as const) {
    document.addEventListener(begin, (event) => mark(event, true))
    document.addEventListener(end, (event) => mark(event, false))
  }
}
