#!/usr/bin/env zx
// Proves the image source `registry` where no registry can be reached: serves the built images and charts on loopback,
// under the names and paths of the public ones, and runs scenarios against what was pulled from there.
//   npx zx scripts/registry-source.mjs [scenario...]
// The served sidecar is still upstream Envoy, so the served chart has Istio's own filters switched off by default.
import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { register } from 'tsx/esm/api'
import { parseDocument } from 'yaml'
import { $, argv, chalk, echo, fs, os, path, within } from 'zx'

register()
const { ensureArtifacts } = await import('../src/mesh/artifacts.ts')
const { makeSource } = await import('../src/mesh/build/make-source.ts')
const { ensureEngine } = await import('../src/mesh/engine.ts')
const { publicImages } = await import('../src/mesh/registry/public-images.ts')
const { ensureTools } = await import('../src/mesh/tools.ts')
const { pinsOf, readVersions } = await import('../src/mesh/versions.ts')

const REGISTRY = { package: 'github.com/distribution/distribution/v3/cmd/registry', version: 'v3.1.2' }

$.verbose = false
const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => stop.abort(new Error(`ended by ${name}`)))
const { signal } = stop
const permission = { install: true, yes: true, signal, progress }
const undo = []
try {
  process.exitCode = await prove()
} finally {
  for (const step of undo.reverse()) await step()
}

async function prove() {
  const versions = await readVersions()
  const line = argv.istio === undefined ? versions.default : String(argv.istio)
  const engine = await ensureEngine(permission)
  Object.assign(process.env, engine.env)
  const { stdout: clusters } = await $`docker ps --all --quiet --filter label=io.x-k8s.kind.cluster=meshproof`
  if (clusters.trim()) throw new Error('there is a cluster already, which a run would take instead: meshproof down')

  const tools = await ensureTools({ need: ['kind', 'helm', 'go'], signal, progress })
  const built = await ensureArtifacts({ ...permission, source: 'build', line, engine, tools })
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'meshproof-registry-'))
  undo.push(() => fs.remove(folder))

  const registry = await serveImages(folder, tools.go)
  const pairs = pairImages(built, publicImages(versions, line))
  for (const { from, to } of pairs) await push(from, `${registry.host}/${to.slice(to.indexOf('/') + 1)}`)
  undo.push(() => removeAliases(pairs))
  const charts = await serveCharts({ folder, built, helm: tools.helm, version: pinsOf(versions, line).registry.version })

  const before = (await registry.log()).length
  const env = { ...process.env, MESHPROOF_REGISTRY_MIRROR: registry.host, MESHPROOF_CHART_REPO: charts.address }
  const run = await within(() => {
    $.env = env
    return $({ nothrow: true, stdio: 'inherit', signal })`node src/cli/bin.mjs run --images registry --yes --istio ${line} ${argv._}`
  })
  const pulled = (await registry.log()).slice(before)
  const missed = pairs.filter(({ to }) => !pulled.includes(`/v2/${to.slice(to.indexOf('/') + 1).replace(':', '/manifests/')}`))
  if (missed.length > 0 || charts.served.size < 3) {
    echo(chalk.red(`not taken from the registry: ${[...missed.map(({ to }) => to), `${charts.served.size} of 3 charts`].join(', ')}`))
    return 3
  }
  echo(`${pairs.length} images and ${charts.served.size} charts came from loopback; the run ended with ${run.exitCode}`)
  return run.exitCode
}

function progress(event) {
  if (event.kind === 'note') echo(event.text)
  if (event.kind === 'count') echo(chalk.dim(`${event.title}: ${event.done} of ${event.of} ${event.detail ?? ''}`))
}

async function serveImages(folder, go) {
  const source = {
    kind: 'programs',
    name: `registry-${REGISTRY.version}`,
    hash: 'release',
    from: { kind: 'published', version: REGISTRY.version },
  }
  const program = await makeSource(
    { ...source, packages: [REGISTRY.package], tags: '', ldflags: '-s -w', rename: {} },
    { go, signal, progress },
  )
  const host = `127.0.0.1:${await freePort()}`
  const config = path.join(folder, 'registry.json')
  const storage = { filesystem: { rootdirectory: path.join(folder, 'images') } }
  await fs.writeJson(config, { version: '0.1', log: { accesslog: { disabled: false } }, storage, http: { addr: host } })

  const log = path.join(folder, 'registry.log')
  const output = await fs.open(log, 'w')
  const server = $({ nothrow: true, detached: true, stdio: ['ignore', output, output] })`${path.join(program, 'registry')} serve ${config}`
  undo.push(async () => {
    await server.kill('SIGTERM')
    await server
    await fs.close(output)
  })
  await answers(`http://${host}/v2/`, log)
  return { host, log: () => fs.readFile(log, 'utf8') }
}

// What is pushed, and the public reference that it is pulled by.
function pairImages(built, wanted) {
  const named = (name) => built.images.find(({ reference }) => reference.includes(`/${name}:`))?.reference
  const own = [...wanted.images, ...wanted.optional].map((to) => ({
    from: built.images.find(({ reference }) => reference === to)?.reference ?? named(lastName(to)),
    to,
  }))
  return [{ from: built.node.reference, to: wanted.node }, ...own]
}

function lastName(reference) {
  return reference.slice(reference.lastIndexOf('/') + 1).split(':')[0]
}

async function push(from, name) {
  echo(chalk.dim(`pushing ${name}`))
  await $`docker tag ${from} ${name}`
  await $`docker push --quiet ${name}`
  await $`docker image rm ${name}`
}

// The sample apps were there under their own names before; the node and Istio only exist under public ones because of this.
async function removeAliases(pairs) {
  const aliases = pairs.filter(({ from, to }) => from !== to).map(({ to }) => to)
  await $({ nothrow: true })`docker image rm ${aliases}`
}

async function serveCharts({ folder, built, helm, version }) {
  const repository = path.join(folder, 'charts')
  const served = new Set()
  const server = createServer((request, response) => {
    const name = path.basename(request.url ?? '')
    fs.readFile(path.join(repository, name)).then(
      (body) => {
        if (name.endsWith('.tgz')) served.add(name)
        response.end(body)
      },
      () => response.writeHead(404).end(),
    )
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  undo.push(() => new Promise((resolve) => server.close(resolve)))
  const address = `http://127.0.0.1:${server.address().port}`

  for (const [name, source] of Object.entries(built.charts)) {
    const chart = path.join(folder, name)
    await fs.copy(source, chart)
    if (name === 'istiod') await switchOffFilters(path.join(chart, 'values.yaml'), built.values)
    await $`${helm} package ${chart} --version ${version} --app-version ${version} --destination ${repository}`
  }
  await $`${helm} repo index ${repository} --url ${address}`
  return { address, served }
}

async function switchOffFilters(file, { telemetry, env }) {
  const values = parseDocument(await fs.readFile(file, 'utf8'))
  const defaults = '_internal_defaults_do_not_set'
  values.setIn([defaults, 'telemetry', 'enabled'], telemetry.enabled)
  for (const [name, value] of Object.entries(env)) values.setIn([defaults, 'env', name], value)
  await fs.writeFile(file, values.toString())
}

async function answers(url, log) {
  // Held by this function: a signal that only AbortSignal.any leads to may be collected with its timer.
  const late = AbortSignal.timeout(15_000)
  const deadline = AbortSignal.any([signal, late])
  for (;;) {
    const answer = await fetch(url, { signal: deadline }).catch((error) => error)
    if (answer.ok) return
    if (signal.aborted || late.aborted) throw new Error(`the registry does not answer: ${await fs.readFile(log, 'utf8')}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function freePort() {
  const server = createTcpServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}
