import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { LaneResult, PairResult } from '../upgrade/continuous-types.ts'
import { CHANGE_KINDS, changeText } from './diff-words.ts'
import { formatMs, plural } from './duration.ts'
import { compilePage } from './html/compile-page.ts'
import { html, type Markup, trusted } from './html/markup.ts'
import { SPRITE, verdictSign } from './html/signs.ts'
import type { UpgradeRecord } from './upgrade-record.ts'
import { renderTimeline } from './upgrade-timeline.ts'
import { clock, during, STATE_WORDS, totalsOf } from './upgrade-words.ts'
import { writeWhole } from './write-whole.ts'

/** The page's name in the results folder; each run's own page stands in the folder of its state. */
export const UPGRADE_PAGE = 'report.html'

/** An upgrade as one HTML file that asks nobody for anything: verdict, runs, what changed, the timeline and every pair. Pure. */
export function renderUpgradePage(record: UpgradeRecord): string {
  const style = `${compilePage().style}${STYLE}`
  const hash = `sha256-${createHash('sha256').update(style).digest('base64')}`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${hash}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${VERDICTS[record.verdict]} · Istio ${record.from.line} to ${record.to.line} · meshproof</title>
<style>${trusted(style)}</style>
</head>
<body class="upgrade">
${SPRITE}
${renderHead(record)}
<main>
${renderFindings(record)}
${renderRuns(record)}
${renderComparisons(record)}
${renderContinuous(record)}
</main>
</body>
</html>
`.text
}

/** Writes the page into the results folder. @throws MeshproofError `report-not-written`. */
export async function writeUpgradePage(record: UpgradeRecord, dir: string): Promise<string> {
  const file = join(dir, UPGRADE_PAGE)
  await writeWhole(file, renderUpgradePage(record))
  return file
}

const VERDICTS = { pass: 'Nothing opened, nothing broke', fail: 'Not conformant', inconclusive: 'Not proven' } as const

function renderHead(record: UpgradeRecord): Markup {
  const { verdict, from, to, strategy, imageSource, kubernetes, ms, startedAt } = record
  const { asked, lost } = totalsOf(record)
  const facts: [string, string][] = [
    ['From', `Istio ${from.istioVersion}`],
    ['To', `Istio ${to.istioVersion}`],
    ['Proxy', `${from.proxyBuild} → ${to.proxyBuild}`],
    ['Strategy', strategy],
    ...(kubernetes ? [['Kubernetes', kubernetes] as [string, string]] : []),
    ['Images', imageSource],
    ['Took', formatMs(ms)],
    ['Began', startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')],
  ]
  return html`<header class="masthead ${verdict}"><div class="brand"><span>meshproof upgrade</span></div>
<div class="verdict">${verdictSign(verdict)}<div><h1>${VERDICTS[verdict]}</h1><p>Istio ${from.line} to ${to.line}: ${plural(record.runs.length, 'run')} of the scenarios, ${plural(asked, 'question')} all the while, ${lost} lost${record.interrupted && '; interrupted'}</p></div></div>
<dl class="facts-list">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></header>`
}

function renderFindings({ findings, causes, events }: UpgradeRecord): Markup {
  const items = [
    ...causes.map(
      ({
        code,
        message,
      }) => html`<li class="item inconclusive">${verdictSign('inconclusive')}<div><p class="what">It did not come to its end</p><p>${message} <span class="code">${code}</span></p></div></li>
`,
    ),
    ...findings.map(({ verdict, code, pair, message, at, end }) => {
      const window =
        at !== undefined &&
        html`<p class="quiet">${clock(at)}${end !== undefined && end !== at && ` to ${clock(end)}`}, ${during(events, at)}</p>`
      return html`<li class="item ${verdict}">${verdictSign(verdict)}<div><p class="what">${pair ?? 'the watch itself'}</p><p>${message} <span class="code">${code}</span></p>${window}</div></li>
`
    }),
  ]
  return html`<section class="attention" aria-labelledby="attention"><h2 id="attention">${items.length === 0 ? 'Nothing needs attention' : 'Needs attention'}</h2>
${items.length === 0 ? html`<p class="lead">No denied pair was served, no allowed pair was refused, and nothing travelled in plain text where mutual TLS stands.</p>` : html`<ol class="items">${items}</ol>`}</section>`
}

function renderRuns({ runs }: UpgradeRecord): Markup {
  const rows = runs.map(
    ({ state, verdict, cells, ms, mesh, record }) =>
      html`<tr><th scope="row">${verdictSign(verdict)} <a href="${record.replace(/json$/, 'html')}">${STATE_WORDS[state]}</a></th><td>${cells.pass}</td><td>${cells.fail}</td><td>${cells.inconclusive}</td><td>${formatMs(ms)}</td><td>${mesh?.istio}</td><td>${mesh?.proxyBuild}</td></tr>
`,
  )
  return html`<section aria-labelledby="runs"><h2 id="runs">All scenarios, in every state of the mesh</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Runs"><table class="facts"><thead><tr><th scope="col">State</th><th scope="col">passed</th><th scope="col">failed</th><th scope="col">inconclusive</th><th scope="col">took</th><th scope="col">Istio</th><th scope="col">Proxy</th></tr></thead><tbody>${rows}</tbody></table></div></section>`
}

function renderComparisons({ comparisons }: UpgradeRecord): Markup[] {
  return comparisons.map(({ state, comparison }) => {
    const title = html`<h2>What changed between before and ${STATE_WORDS[state]}</h2>`
    if (comparison.kind === 'not-comparable')
      return html`<section>${title}<p class="lead">Not comparable: ${comparison.reason}</p></section>`
    const { changes, same } = comparison
    const kinds = CHANGE_KINDS.flatMap(({ kind, title: words, sign }) => {
      const own = changes.filter((change) => change.kind === kind)
      if (own.length === 0) return []
      return [
        html`<h3>${verdictSign(sign)} ${own.length} ${words}</h3><ul class="changes-list">${own.map(
          (change) => html`<li><b>${[change.scenario, change.step, change.name].filter(Boolean).join(' · ')}</b>: ${changeText(change)}</li>
`,
        )}</ul>`,
      ]
    })
    return html`<section>${title}${kinds}<p class="lead">${plural(same, 'cell')} unchanged.</p></section>`
  })
}

function renderContinuous(record: UpgradeRecord): Markup | undefined {
  const { continuous } = record
  if (!continuous) return undefined
  const { cost, everyMs, probers, pairs } = continuous
  const all = cost && cost.probers + cost.proberSidecars + cost.servers + cost.serverSidecars
  return html`<section aria-labelledby="while"><h2 id="while">Asked all the while</h2>
<p class="lead">Each pair was asked every ${everyMs} ms over fresh connections and as often over pooled ones, by ${plural(probers.length, 'resident prober')} (<code>prober</code>, one process a source pod): ${probers.join(', ')}. A full line is an allowed pair, a double line a denied one; shaded stretches are runs of the scenarios, in which nothing is asked.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Timeline">${trusted(renderTimeline(record))}</div>
<ul class="legend"><li>◆ a denied pair was served</li><li>● plain text where mutual TLS stands</li><li>▲ refused by another decision</li><li>✕ an allowed pair was not served</li><li>△ refused, and nobody says why</li><li>| a denied pair without an answer</li></ul>
${cost && html`<p class="quiet">It cost ${all?.toFixed(2)} cores over ${formatMs(cost.seconds * 1_000)}, from cgroup counters: probers ${cost.probers.toFixed(2)}, their proxies ${cost.proberSidecars.toFixed(2)}, servers ${cost.servers.toFixed(2)}, their proxies with the captures ${cost.serverSidecars.toFixed(2)}; and ${cost.harness.toFixed(2)} where meshproof runs.</p>`}
<div class="scroll" tabindex="0" role="region" aria-label="Pairs"><table class="facts"><thead><tr><th scope="col">Pair</th><th scope="col">Declared</th><th scope="col">fresh: as declared</th><th scope="col">longest gap</th><th scope="col">pooled: as declared</th><th scope="col">longest gap</th></tr></thead><tbody>${pairs.map(renderPair)}</tbody></table></div></section>`
}

function renderPair({ from, to, asks, declared, fresh, pooled }: PairResult): Markup {
  return html`<tr><th scope="row">${from} → ${to} ${asks}</th><td>${declared}</td>${[fresh, pooled].map(renderLane)}</tr>
`
}

function renderLane({ asked, held, counts, longestGapMs }: LaneResult): Markup {
  const others = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`)
  return html`<td>${held} of ${asked}${others.length > 0 && ` (${others.join(', ')})`}</td><td>${longestGapMs > 0 && formatMs(longestGapMs)}</td>`
}

const STYLE = `
.upgrade main { max-width: 1240px; margin: 0 auto; padding: 28px 24px 64px; display: grid; gap: 32px; grid-template-columns: minmax(0, 1fr); }
.upgrade .upgrade-timeline { display: block; min-width: 900px; width: 100%; height: auto; }
.upgrade .changes-list { display: grid; gap: 4px; margin: 8px 0 16px; }
.upgrade section > h2 { margin-bottom: 12px; }
.upgrade th .sign { vertical-align: -2px; }
`
