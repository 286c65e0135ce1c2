#!/usr/bin/env zx
// Proves that `meshproof upgrade` can fail: weakens or breaks a mesh from outside while an upgrade is under way, and looks at what the
// upgrade says of it. Each case is an upgrade of its own, on a cluster of its own that is removed again.
//
//   zx scripts/upgrade-proof.mjs [--from 1.30] [--to 1.31] [case...]
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { chalk, echo, sleep } from 'zx'

// zx would read 1.30 as a number, and has this file's own name among its arguments.
const args = process.argv.slice(process.argv.findIndex((arg) => arg.endsWith('upgrade-proof.mjs')) + 1)
const { values, positionals: wanted } = parseArgs({
  args,
  allowPositionals: true,
  options: { from: { type: 'string' }, to: { type: 'string' } },
})
const { from = '1.30', to = '1.31' } = values
const name = process.env.MESHPROOF_CLUSTER ?? 'meshproof-proof'
const cache = process.env.MESHPROOF_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'meshproof')
const kubeconfig = join(cache, 'clusters', name, 'kubeconfig')
/** A mesh that loses a question of its own accord must not hide what is proven here; no budget pays for a served denial or plain text. */
const LOSS = ['--allow-loss', '50']
const results = join('test-results', 'upgrade-proof')
/** A quick scenario: what is proven here is what happens between the runs. */
const SCENARIO = 'scenarios/authorization-tcp.yaml'

const kubectl = (...args) => execa('kubectl', ['--kubeconfig', kubeconfig, ...args])
const apply = (object) => execa('kubectl', ['--kubeconfig', kubeconfig, 'apply', '-f', '-'], { input: JSON.stringify(object) })

/** What is done when the upgrade says that it begins something, and what it must then say in the end. */
const CASES = {
  'root-policy': {
    says: 'a policy of the root namespace is removed while the control plane is replaced',
    at: `istiod ${to}`,
    weaken: () => kubectl('-n', 'istio-system', 'delete', 'authorizationpolicy', 'closed-everywhere'),
    exit: 1,
    expect: ({ findings }) => named(findings, { code: 'opened', pair: 'GET /root' }),
  },
  permissive: {
    says: 'PERMISSIVE stands where STRICT stood, for five seconds, while proxies are restarted',
    at: `proxies ${to} in mp-upgrade-a`,
    weaken: () =>
      kubectl(
        '-n',
        'mp-upgrade-a',
        'patch',
        'peerauthentication',
        'default',
        '--type=merge',
        '-p',
        '{"spec":{"mtls":{"mode":"PERMISSIVE"}}}',
      ),
    mend: () =>
      kubectl('-n', 'mp-upgrade-a', 'patch', 'peerauthentication', 'default', '--type=merge', '-p', '{"spec":{"mtls":{"mode":"STRICT"}}}'),
    exit: 1,
    expect: ({ findings }) => named(findings, { code: 'opened', pair: 'GET /strict' }),
  },
  plain: {
    says: 'a DestinationRule turns mutual TLS off where it stands, while proxies are restarted',
    at: `proxies ${to} in mp-upgrade-b`,
    weaken: () =>
      apply({
        apiVersion: 'networking.istio.io/v1',
        kind: 'DestinationRule',
        metadata: { name: 'weakened', namespace: 'mp-upgrade-a' },
        spec: { host: 'echo.mp-upgrade-b.svc.cluster.local', trafficPolicy: { tls: { mode: 'DISABLE' } } },
      }),
    exit: 1,
    expect: ({ findings }) => named(findings, { code: 'plain', pair: 'prober.mp-upgrade-a → echo.mp-upgrade-b:8080 GET /public' }),
  },
  'control-plane': {
    says: 'no node takes the new control plane, which never becomes ready',
    at: `definitions and base ${to}`,
    weaken: () => kubectl('cordon', '--selector', 'kubernetes.io/os=linux'),
    exit: 3,
    expect: ({ causes }) => caused(causes, { code: 'istio-not-ready', message: 'unschedulable' }),
  },
  proxies: {
    says: 'no node takes the restarted workloads',
    at: `proxies ${to} in mp-upgrade-a`,
    weaken: () => kubectl('cordon', '--selector', 'kubernetes.io/os=linux'),
    exit: 3,
    expect: ({ causes }) => caused(causes, { code: 'proxies-not-restarted', message: 'unschedulable' }),
  },
  interrupted: {
    says: 'the upgrade is interrupted',
    at: `gateway ${to}`,
    weaken: (upgrade) => upgrade.kill('SIGINT'),
    exit: 130,
    expect: ({ causes }) => caused(causes, { code: 'interrupted', message: '' }),
  },
}

let failed = 0
for (const id of wanted.length > 0 ? wanted : Object.keys(CASES)) {
  const one = CASES[id]
  if (!one) throw new Error(`there is no case ${id}: ${Object.keys(CASES).join(', ')}`)
  echo(`\n${chalk.bold(id)}: ${one.says}`)
  const { exit, weakened, mended, record } = await upgradeWith(one, join(results, id))
  const seen = record && one.expect(record, { weakened, mended })
  const inWindow = seen?.at === undefined || (seen.at >= weakened - 1_000 && (mended === undefined || seen.end <= mended + 5_000))
  const good = exit === one.exit && seen !== undefined && inWindow
  if (!good) failed += 1
  echo(`  ${good ? chalk.green('caught') : chalk.red('NOT CAUGHT')}: exit ${exit}, expected ${one.exit}`)
  echo(`  ${seen ? `${seen.code} ${seen.pair ?? ''} ${seen.message}` : 'the report does not name it'}`)
  if (seen?.at !== undefined)
    echo(`  ${clock(seen.at)} to ${clock(seen.end)}; weakened at ${clock(weakened)}${mended ? `, mended at ${clock(mended)}` : ''}`)
}
process.exitCode = failed === 0 ? 0 : 1

async function upgradeWith({ at, weaken, mend }, folder) {
  const command = [
    'src/cli/bin.mjs',
    'upgrade',
    '--from',
    from,
    '--to',
    to,
    '--name',
    name,
    '--yes',
    ...LOSS,
    '--results',
    folder,
    SCENARIO,
  ]
  const upgrade = execa('node', command, { reject: false, all: true, buffer: false, stdin: 'ignore', env: { CI: 'true' } })
  let weakened
  let mended
  const working = []
  for await (const text of createInterface({ input: upgrade.all })) {
    echo(chalk.dim(`    ${text}`))
    if (weakened !== undefined || !text.trim().startsWith(`… ${at}`)) continue
    weakened = Date.now()
    working.push(
      (async () => {
        await weaken(upgrade)
        if (!mend) return
        await sleep(5_000)
        await mend()
        mended = Date.now()
      })(),
    )
  }
  await Promise.all(working)
  const { exitCode } = await upgrade
  const record = await readFile(join(folder, 'report.json'), 'utf8').then(JSON.parse, () => undefined)
  return { exit: exitCode, weakened, mended, record }
}

function named(findings, { code, pair }) {
  return findings.find((finding) => finding.code === code && finding.pair?.includes(pair))
}

function caused(causes, { code, message }) {
  return causes.find((cause) => cause.code === code && cause.message.includes(message))
}

function clock(ms) {
  return new Date(ms).toISOString().slice(11, 21)
}
