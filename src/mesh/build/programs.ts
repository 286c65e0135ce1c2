import { readdir, readFile } from 'node:fs/promises'
import { EXIT, MeshproofError } from '../../error.ts'
import { recipeHash } from '../cache.ts'
import { buildPinsOf, type Versions } from '../versions.ts'
import { imageFile } from './image-file.ts'
import type { ProgramsSource } from './recipe.ts'

const ISTIO = 'istio.io/istio'
const SMALL = '-s -w'

/** kind or Helm. */
export function toolPrograms(versions: Versions, tool: 'kind' | 'helm'): ProgramsSource {
  const { version } = versions.tools[tool]
  const packages = { kind: 'sigs.k8s.io/kind', helm: 'helm.sh/helm/v3/cmd/helm' }
  return published({ name: `${tool}-${version}`, version: `v${version}`, packages: [packages[tool]] })
}

const NODE_PROGRAMS = ['kubelet', 'kubeadm', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubectl']

/** All programs of Kubernetes, or kubectl alone. */
export async function kubernetesPrograms(versions: Versions, only: readonly string[] = NODE_PROGRAMS): Promise<ProgramsSource> {
  const { version } = versions.kubernetes.build
  const [major, minor] = version.split('.')
  const facts = [`gitVersion=v${version}`, `gitMajor=${major}`, `gitMinor=${minor}`, 'gitTreeState=clean', 'gitCommit=0000000']
  const stamped = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((where) =>
    [...facts, 'buildDate=2026-01-01T00:00:00Z'].map((fact) => `-X ${where}.${fact}`),
  )
  return wrapped({
    name: only.length === 1 ? `${only[0]}-${version}` : `kubernetes-${version}`,
    folder: 'kubernetes',
    pins: { 'k8s.io/kubernetes': `v${version}` },
    packages: only.map((program) => `k8s.io/kubernetes/cmd/${program}`),
    ldflags: [SMALL, ...stamped].join(' '),
  })
}

/** The rest of a node: etcd, CoreDNS and the process that holds a pod's namespaces. */
export async function nodePrograms(versions: Versions): Promise<Record<'etcd' | 'coredns' | 'pause', ProgramsSource>> {
  const { etcd, coredns } = versions.kubernetes.build
  const server = 'go.etcd.io/etcd/server/v3'
  return {
    etcd: await wrapped({
      name: `etcd-${etcd}`,
      folder: 'etcd',
      pins: { [server]: `v${etcd}` },
      packages: [server],
      rename: { server: 'etcd' },
    }),
    coredns: published({ name: `coredns-${coredns}`, version: `v${coredns}`, packages: ['github.com/coredns/coredns'] }),
    pause: await own({ name: 'pause' }),
  }
}

/** istiod and the sidecar's agent, of one line. */
export async function istioPrograms(versions: Versions, line: string): Promise<ProgramsSource> {
  const build = buildPinsOf(versions, line)
  const facts = [`buildVersion=${line}-meshproof`, `buildTag=${line}-meshproof`, 'buildStatus=Clean']
  const options = {
    name: `istio-${line}`,
    packages: [`${ISTIO}/pilot/cmd/pilot-discovery`, `${ISTIO}/pilot/cmd/pilot-agent`],
    tags: 'vtprotobuf,disable_pgv',
    ldflags: [SMALL, ...facts.map((fact) => `-X istio.io/istio/pkg/version.${fact}`)].join(' '),
  }
  if (build.wrapper === undefined) return published({ ...options, version: build.module })
  return wrapped({ ...options, folder: build.wrapper, pins: { [ISTIO]: build.module } })
}

/** The sample apps. Those of Istio come from the default line for every line: their names have one tag. */
export async function appPrograms(
  versions: Versions,
): Promise<Record<'httpbin' | 'tcpEcho' | 'extAuthz' | 'sampleApps' | 'kyvernoAuthz', ProgramsSource>> {
  const istio = buildPinsOf(versions, versions.default)
  const httpbin = versions.apps.httpbin.build
  const samples = { version: istio.module }
  return {
    httpbin: published({
      name: `httpbin-${httpbin}`,
      version: `v${httpbin}`,
      packages: ['github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin'],
    }),
    tcpEcho: published({ ...samples, name: 'tcp-echo', packages: [`${ISTIO}/samples/tcp-echo/src`], rename: { src: 'tcp-echo' } }),
    extAuthz: published({ ...samples, name: 'ext-authz', packages: [`${ISTIO}/samples/extauthz/cmd/extauthz`] }),
    sampleApps: await own({ name: 'sample-apps', tested: true }),
    kyvernoAuthz: await own({
      name: 'kyverno-authz',
      pins: { 'github.com/kyverno/kyverno-json': `v${versions.apps['kyverno-authz'].build}` },
      tested: true,
    }),
  }
}

/** The resident prober of an upgrade; whatever the image source, it is built here. */
export async function proberProgram(): Promise<ProgramsSource> {
  return own({ name: 'prober', tested: true })
}

interface Described {
  readonly name: string
  readonly packages: readonly string[]
  readonly tags?: string
  readonly ldflags?: string
  readonly rename?: Readonly<Record<string, string>>
  readonly tested?: true
}

function published({ version, ...described }: Described & { readonly version: string }): ProgramsSource {
  return programs({ described, from: { kind: 'published', version }, covers: [] })
}

interface Wrapped extends Described {
  readonly folder: string
  /** Versions of modules that `go.mod` has to name too. */
  readonly pins: Readonly<Record<string, string>>
}

async function wrapped({ folder, pins, ...described }: Wrapped): Promise<ProgramsSource> {
  const goMod = await readModule(folder, pins)
  const goSum = await readFile(imageFile('go', folder, 'go.sum'), 'utf8')
  return programs({ described, from: { kind: 'wrapped', folder }, covers: [goMod, goSum] })
}

interface Own {
  /** Of the program, and of its folder in `kind/images/go`. */
  readonly name: string
  readonly pins?: Readonly<Record<string, string>>
  readonly tested?: true
}

/** A program whose source is here; its hash covers every file of its folder. */
async function own({ name, pins = {}, ...described }: Own): Promise<ProgramsSource> {
  const goMod = await readModule(name, pins)
  const others = (await readdir(imageFile('go', name))).filter((file) => file !== 'go.mod').sort()
  const texts = await Promise.all(others.map((file) => readFile(imageFile('go', name, file), 'utf8')))
  return programs({
    described: { name, packages: ['.'], ...described },
    from: { kind: 'wrapped', folder: name },
    covers: [goMod, ...texts],
  })
}

async function readModule(folder: string, pins: Readonly<Record<string, string>>): Promise<string> {
  const file = imageFile('go', folder, 'go.mod')
  const goMod = await readFile(file, 'utf8')
  for (const [module, version] of Object.entries(pins)) checkPin({ file, goMod, module, version })
  return goMod
}

function programs({
  described,
  from,
  covers,
}: {
  described: Described
  from: ProgramsSource['from']
  covers: readonly string[]
}): ProgramsSource {
  const { name, packages, tags = '', ldflags = SMALL, rename = {}, tested } = described
  const source = { kind: 'programs' as const, name, from, packages, tags, ldflags, rename, ...(tested && { tested }) }
  return { ...source, hash: recipeHash([source, covers]) }
}

/** A wrapper module repeats a pin of the versions file, and nothing else would notice that they part. */
export function checkPin({ file, goMod, module, version }: Record<'file' | 'goMod' | 'module' | 'version', string>): void {
  const required = goMod.split('\n').map((line) => line.trim().replace(/^require /, ''))
  const seen = required.find((line) => line.startsWith(`${module} `))?.slice(module.length + 1)
  if (seen === version) return
  throw new MeshproofError({
    code: 'pins-disagree',
    message: `kind/versions.yaml and ${file} pin different versions of ${module}`,
    expected: version,
    seen: seen ?? 'no such requirement',
    next: `in that folder: go get ${module}@${version} && go mod tidy -e`,
    exit: EXIT.usage,
  })
}
