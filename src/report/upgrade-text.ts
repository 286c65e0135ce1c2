import { diffLines } from './diff-text.ts'
import { formatMs, plural } from './duration.ts'
import type { Look } from './look.ts'
import type { UpgradeRecord } from './upgrade-record.ts'
import { clock, during, STATE_WORDS, totalsOf } from './upgrade-words.ts'

/** A whole upgrade as lines for a console: its runs, what changed, what was found while it was under way, and the verdict. */
export function upgradeLines(record: UpgradeRecord, look: Look): string[] {
  const { runs, comparisons, causes, verdict } = record
  const width = Math.max(...runs.map(({ state }) => STATE_WORDS[state].length))
  return [
    look.bold(`Upgrade of Istio ${record.from.istioVersion} to ${record.to.istioVersion}, ${record.strategy}`),
    ...runs.map(({ state, verdict: own, cells, ms }) => {
      const counts = `${cells.pass} passed, ${cells.fail} failed, ${cells.inconclusive} inconclusive`
      return `  ${look.paint(own, look.glyph[own])} ${STATE_WORDS[state].padEnd(width)}  ${counts} ${look.dim(`· ${formatMs(ms)}`)}`
    }),
    ...comparisons.flatMap(({ state, comparison }) => [
      '',
      look.bold(`before and ${STATE_WORDS[state]}`),
      ...diffLines(comparison, look).map(indent),
    ]),
    '',
    ...continuousLines(record, look),
    ...causes.map(({ code, message }) => look.paint('inconclusive', `${look.glyph.inconclusive} ${message} [${code}]`)),
    '',
    look.paint(verdict, `${look.glyph[verdict]} ${VERDICTS[verdict]}`) + look.dim(` · ${formatMs(record.ms)}`),
  ]
}

const VERDICTS = {
  pass: 'every guarantee held before, during and after the upgrade',
  fail: 'the upgrade is not conformant',
  inconclusive: 'the upgrade is not proven',
} as const

function continuousLines(record: UpgradeRecord, look: Look): string[] {
  const { continuous, findings, events, allowLoss } = record
  if (!continuous) return [look.dim('nothing was asked continuously')]
  const { asked, held, lost } = totalsOf(record)
  const pairs = continuous.pairs.length
  const rate = `${plural(pairs, 'pair')} over fresh and pooled connections, each every ${continuous.everyMs} ms`
  const budget = allowLoss > 0 ? ` of ${allowLoss} allowed` : ''
  return [
    `${look.bold('all the while')} ${rate}: ${plural(asked, 'question')}, ${held} as declared, ${lost} lost${budget}`,
    ...costLine(record, look),
    ...findings.map(({ verdict, code, pair, message, at, end }) => {
      const window =
        at === undefined
          ? ''
          : ` ${look.dim(`${clock(at)}${end === undefined || end === at ? '' : ` to ${clock(end)}`}, ${during(events, at)}`)}`
      return `  ${look.paint(verdict, `${look.glyph[verdict]} ${code}`)} ${pair ? `${pair}: ` : ''}${message}${window}`
    }),
  ]
}

function costLine({ continuous }: UpgradeRecord, look: Look): string[] {
  const { cost } = continuous ?? {}
  if (!cost) return []
  const { probers, proberSidecars, servers, serverSidecars, harness, seconds } = cost
  const cores = (value: number) => value.toFixed(2)
  const all = cores(probers + proberSidecars + servers + serverSidecars)
  return [
    look.dim(
      `  cost ${all} cores over ${formatMs(seconds * 1_000)}: probers ${cores(probers)}, their proxies ${cores(proberSidecars)}, servers ${cores(servers)}, their proxies ${cores(serverSidecars)}; and ${cores(harness)} here`,
    ),
  ]
}

function indent(line: string): string {
  return line === '' ? '' : `  ${line}`
}
