import type { Verdict } from '../../run/result.ts'
import { formatMs, plural } from '../duration.ts'
import type { RunRecord } from '../record-schema.ts'
import { html, type Markup } from './markup.ts'
import { icon, verdictSign } from './signs.ts'

/** The verdict of a run in two words. */
export const RUN_WORDS: Readonly<Record<Verdict, string>> = {
  pass: 'Conformant',
  fail: 'Not conformant',
  inconclusive: 'Inconclusive',
}

/** The head of the page: the verdict, how many cells ended how, what ran, from which images, and how long it took. */
export function renderMasthead(record: RunRecord): Markup {
  const { verdict, cells, mesh } = record
  const all = cells.pass + cells.fail + cells.inconclusive
  return html`<header class="masthead ${verdict}">
<div class="brand"><span>meshproof <code>${record.id}</code></span><button type="button" class="quiet-button" data-theme-toggle hidden>${icon('theme')}<span>Theme</span></button></div>
<div class="verdict">${verdictSign(verdict)}<div><h1>${RUN_WORDS[verdict]}</h1><p>${cells.pass} of ${plural(all, 'cell')} as declared${record.interrupted && '; the run was interrupted'}</p></div>
${renderProportions(record)}</div>
<dl class="facts-list">
${mesh ? renderMesh(mesh) : fact('Mesh', 'none came up')}
${fact('Took', formatMs(record.ms))}
${fact('Began', html`<time datetime="${record.startedAt}">${record.startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}</time>`)}
</dl>
${renderIdentities(record)}
</header>`
}

function renderMesh(mesh: NonNullable<RunRecord['mesh']>): Markup {
  return html`${fact('Istio', mesh.istio)}${fact('Proxy', mesh.proxyBuild)}${fact('Kubernetes', mesh.kubernetes)}${fact('Images', html`<b>${mesh.imageSource}</b>: ${SOURCES[mesh.imageSource]}`)}`
}

const SOURCES = {
  registry: 'as their projects publish them',
  build: 'built from source; not comparable with registry',
  foreign: 'of a cluster that was there before',
} as const

function fact(name: string, value: string | Markup): Markup {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`
}

/** How many cells ended how, to scale and in numbers. */
function renderProportions({ cells }: RunRecord): Markup {
  const parts = (['fail', 'inconclusive', 'pass'] as const).filter((verdict) => cells[verdict] > 0)
  const all = Math.max(1, cells.pass + cells.fail + cells.inconclusive)
  // A single red cell among hundreds must be seen.
  const wide = parts.map((verdict) => Math.max(cells[verdict] / all, 0.025) * 100)
  const scale =
    100 /
    Math.max(
      1,
      wide.reduce((sum, width) => sum + width, 0),
    )
  const begins = wide.map((_, index) => wide.slice(0, index).reduce((sum, width) => sum + width, 0))
  return html`<div class="proportions"><svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">${parts.map((verdict, index) => html`<rect class="share ${verdict}" x="${((begins[index] ?? 0) * scale).toFixed(2)}" width="${((wide[index] ?? 0) * scale - (index === parts.length - 1 ? 0 : 0.6)).toFixed(2)}" height="6"/>`)}</svg>
<ul>${(['fail', 'inconclusive', 'pass'] as const).map((verdict) => html`<li class="${cells[verdict] > 0 ? verdict : 'zero'}"><b>${cells[verdict]}</b> ${COUNT_WORDS[verdict]}</li>`)}</ul></div>`
}

const COUNT_WORDS = { pass: 'passed', fail: 'failed', inconclusive: 'inconclusive' } as const

function renderIdentities({ mesh, harness }: RunRecord): Markup {
  const images = mesh?.images ?? []
  const rows = images.map(
    ({
      reference,
      id,
      standIn,
    }) => html`<tr><th scope="row"><code>${reference}</code>${standIn !== undefined && html`<br>is ${standIn}`}</th><td><code>${id}</code></td></tr>
`,
  )
  return html`<details class="plain identities"><summary>${plural(images.length, 'image')} and the harness</summary>
<p>meshproof ${harness.version} on Node ${harness.node}, at most ${Math.round(harness.peakRssBytes / 1e6)} MB of memory${mesh && html`; context <code>${mesh.context}</code>, cluster <code>${mesh.cluster}</code>`}.</p>
${images.length > 0 && html`<div class="scroll" tabindex="0" role="region" aria-label="Images and their identities"><table class="facts"><thead><tr><th scope="col">Image</th><th scope="col">Identity</th></tr></thead><tbody>${rows}</tbody></table></div>`}</details>`
}
