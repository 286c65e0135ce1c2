import { createHash } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import type { RunRecord } from '../record-schema.ts'
import { renderAttention } from './attention.ts'
import { compilePage } from './compile-page.ts'
import { renderEnforcement } from './enforcement-chart.ts'
import { html, type Markup, trusted } from './markup.ts'
import { RUN_WORDS, renderMasthead } from './masthead.ts'
import { renderOutline } from './outline.ts'
import { placeOf, type ScenarioRecord } from './places.ts'
import { renderScenario } from './scenario-section.ts'
import { icon, SPRITE } from './signs.ts'
import { renderToolbar } from './toolbar.ts'

/**
 * A record as one HTML file that asks nobody for anything: verdict, overview, tables, pictures and the evidence of red cells are
 * plain HTML; all evidence is packed beside them and shown on demand. A record alone is enough.
 */
export function renderHtml(record: RunRecord): string {
  const { script, style } = compilePage()
  const cells = record.cells.pass + record.cells.fail + record.cells.inconclusive
  const context = record.mesh?.context
  const red = record.scenarios.flatMap((one) => one.steps.flatMap((step) => step.cells.filter((cell) => cell.verdict !== 'pass')))
  const printed = new Set(red.slice(0, ON_PAPER))
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '${hashOf(script)}'; style-src '${hashOf(style)}'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="meshproof ${record.harness.version}">
<title>${titleOf(record)}</title>
<link rel="icon" href="${faviconOf(record)}">
<style>${trusted(style)}</style>
</head>
<body data-context="${context}">
${SPRITE}
<a class="skip" href="#scenarios">Skip to the scenarios</a>
${renderMasthead(record)}
${renderToolbar(record)}
<div class="layout">
${renderOutline(record)}
<main>
${renderAttention(record)}
${renderEnforcement(record)}
<section id="scenarios" aria-labelledby="scenarios-title" tabindex="-1"><h2 id="scenarios-title" class="visually-hidden">Scenarios</h2>
${record.scenarios.map((scenario) => renderScenario(scenario, { open: cells <= SMALL || scenario.verdict !== 'pass', context, onPaper: (cell) => printed.has(cell) }))}
<p class="empty" id="nothing-matches" hidden>No cell matches the filters.</p></section>
</main>
</div>
<dialog id="evidence" aria-labelledby="evidence-title"><div class="evidence-head"><h2 id="evidence-title" tabindex="-1"></h2><div class="evidence-tools"><button type="button" data-go="-1" aria-label="Cell before">${icon('left')}</button><button type="button" data-go="1" aria-label="Next cell">${icon('right')}</button><button type="button" data-close aria-label="Close">${icon('close')}</button></div></div><div id="evidence-body"></div></dialog>
<p class="visually-hidden" role="status" id="said"></p>
${record.scenarios.map(packEvidence)}
<script>${trusted(script)}</script>
</body>
</html>
`
  return page.text
}

/** Up to so many cells a reader wants to see all tables at once. */
const SMALL = 100

/** So many red cells are enough for paper; the page must not grow beyond measure when all are red. */
const ON_PAPER = 60

function titleOf({ verdict, cells, mesh }: RunRecord): string {
  const counts = [cells.fail > 0 && `${cells.fail} failed`, cells.inconclusive > 0 && `${cells.inconclusive} inconclusive`].filter(Boolean)
  const said = counts.length > 0 ? counts.join(', ') : RUN_WORDS[verdict]
  return `${{ pass: '✓', fail: '✗', inconclusive: '?' }[verdict]} ${said} · ${mesh ? `Istio ${mesh.istio}` : 'no mesh'} · meshproof`
}

function faviconOf({ verdict }: RunRecord): string {
  const colour = { pass: '%231a7f46', fail: '%23c4241a', inconclusive: '%23b36b00' }[verdict]
  return `data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='${colour}'/%3E%3C/svg%3E`
}

/** Deflated, since attempts resemble each other: a tenth of the bytes. Its letters cannot end an element. */
function packEvidence(scenario: ScenarioRecord): Markup {
  const packed = deflateRawSync(JSON.stringify(scenario)).toString('base64')
  return html`<script type="application/octet-stream" data-evidence="${placeOf(scenario)}">${trusted(packed)}</script>
`
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
