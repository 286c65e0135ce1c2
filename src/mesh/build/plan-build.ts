import { recipeHash } from '../cache.ts'
import { buildPinsOf, type Versions } from '../versions.ts'
import { drawImage } from './draw-image.ts'
import { planApps } from './plan-apps.ts'
import { istioPrograms, kubernetesPrograms, nodePrograms } from './programs.ts'
import {
  type BuildPlan,
  type EnvoySource,
  type ImageRecipe,
  type ModuleFilesSource,
  type NodeRecipe,
  type RootSource,
  readImageFiles,
  withHash,
} from './recipe.ts'

/** Images that only exist here carry a registry's name that nothing can be pulled from. */
const HUB = 'localhost/meshproof'

const APP_PACKAGES = [
  ...[
    'busybox',
    'ca-certificates',
    'conntrack',
    'curl',
    'iproute2',
    'iptables',
    'netcat-openbsd',
    'openssl',
    'procps',
    'sudo',
    'tcpdump',
    'wget',
  ],
]
const NODE_PACKAGES = [
  ...[
    'bash',
    'ca-certificates',
    'conntrack',
    'containerd',
    'containernetworking-plugins',
    'curl',
    'dbus',
    'ebtables',
    'ethtool',
    'hostname',
  ],
  ...[
    'iproute2',
    'ipset',
    'iptables',
    'jq',
    'kmod',
    'libseccomp2',
    'mount',
    'procps',
    'runc',
    'socat',
    'systemd',
    'systemd-sysv',
    'util-linux',
  ],
]

/** Everything that one Istio line is made of. Reads the recipes in `kind/images`, touches nothing. */
export async function planBuild(versions: Versions, line: string): Promise<BuildPlan> {
  const pins = buildPinsOf(versions, line)
  const base = await drawImage({
    title: 'base',
    name: (hash) => `${HUB}/base:${hash}`,
    files: [
      { from: await root({ name: 'app-root', suite: versions.suite, packages: APP_PACKAGES, script: 'app-root.sh' }), path: 'root.tar' },
    ],
  })
  const istio = await istioPrograms(versions, line)
  const envoy = withHash<EnvoySource>({ kind: 'envoy', name: `envoy-${pins.envoy}`, version: pins.envoy })
  const bootstrap = withHash<ModuleFilesSource>({
    kind: 'module-files',
    name: `bootstrap-${line}`,
    module: `istio.io/istio@${pins.module}`,
    files: { 'tools/packaging/common/envoy_bootstrap.json': 'envoy_bootstrap.json' },
  })

  // Both halves of Istio carry one tag, as the charts want it.
  const tag = `${line}-${recipeHash([istio.hash, envoy.hash, bootstrap.hash, base.hash, await readImageFiles('pilot.Dockerfile', 'proxyv2.Dockerfile')])}`
  const istioImages = await Promise.all([
    drawImage({
      title: `pilot ${line}`,
      dockerfile: 'pilot',
      name: () => `${HUB}/pilot:${tag}`,
      base,
      files: [{ from: istio, path: 'pilot-discovery' }],
    }),
    drawImage({
      title: `proxyv2 ${line}`,
      dockerfile: 'proxyv2',
      name: () => `${HUB}/proxyv2:${tag}`,
      base,
      files: [
        { from: istio, path: 'pilot-agent' },
        { from: envoy, path: 'envoy' },
        { from: bootstrap, path: 'envoy_bootstrap.json' },
      ],
    }),
  ])
  const charts = withHash<ModuleFilesSource>({
    kind: 'module-files',
    name: `charts-${line}`,
    module: `istio.io/istio@${pins.module}`,
    files: {
      'manifests/charts/base': 'base',
      'manifests/charts/istio-control/istio-discovery': 'istiod',
      'manifests/charts/gateway': 'gateway',
    },
  })
  const images = [...istioImages, ...(await planApps(versions, base))]
  return { line, tag, hub: HUB, node: await planNode(versions, base), images, charts, versions }
}

async function planNode(versions: Versions, appBase: ImageRecipe): Promise<NodeRecipe> {
  const { version, pause } = versions.kubernetes.build
  const kubernetes = await kubernetesPrograms(versions)
  const programs = await nodePrograms(versions)
  const nodeRoot = await root({
    name: 'node-root',
    suite: versions.suite,
    packages: NODE_PACKAGES,
    script: 'node-root.sh',
    kindVersion: versions.tools.kind.version,
  })
  const base = await drawImage({
    title: 'node base',
    dockerfile: 'node',
    name: (hash) => `${HUB}/node-base:${hash}`,
    args: { VERSION: `v${version}` },
    files: [{ from: nodeRoot, path: 'root.tar' }, ...['kubeadm', 'kubelet', 'kubectl'].map((path) => ({ from: kubernetes, path }))],
  })
  const inside = (title: string) => ({ title, name: (hash: string) => `${HUB}/inside/${title}:${hash}` })
  const staticPod = (title: string, from = kubernetes) =>
    drawImage({ ...inside(title), dockerfile: 'static-pod', args: { PROGRAM: title }, files: [{ from, path: title }] })
  // kubeadm decides the tags of etcd and CoreDNS; see `publicNames` in build-node.ts.
  const preload = await Promise.all([
    preloaded(`kube-apiserver:v${version}`, staticPod('kube-apiserver')),
    preloaded(`kube-controller-manager:v${version}`, staticPod('kube-controller-manager')),
    preloaded(`kube-scheduler:v${version}`, staticPod('kube-scheduler')),
    preloaded(
      `kube-proxy:v${version}`,
      drawImage({ ...inside('kube-proxy'), base: appBase, files: [{ from: kubernetes, path: 'kube-proxy' }] }),
    ),
    preloaded('etcd', staticPod('etcd', programs.etcd)),
    preloaded('coredns', drawImage({ ...inside('coredns'), files: [{ from: programs.coredns, path: 'coredns' }] })),
    preloaded(pause, drawImage({ ...inside('pause'), files: [{ from: programs.pause, path: 'pause' }] })),
  ])
  const hash = recipeHash([
    base.hash,
    preload.map(({ image: { hash: inner }, publicName }) => [inner, publicName]),
    await readImageFiles('preload-images.sh'),
  ])
  return { title: `node ${version}`, reference: `${HUB}/node:v${version}-${hash}`, hash, base, preload }
}

async function preloaded(publicName: string, made: Promise<ImageRecipe>) {
  return { publicName: publicName.includes('/') ? publicName : `registry.k8s.io/${publicName}`, image: await made }
}

async function root(described: Omit<RootSource, 'kind' | 'hash'>): Promise<RootSource> {
  const covers = await readImageFiles(described.script, ...(described.kindVersion === undefined ? [] : NODE_FILES))
  return { kind: 'root', ...described, hash: recipeHash([described, covers]) }
}

const NODE_FILES = [
  'node/etc/cni/net.d/10-bridge.conflist',
  'node/kind/manifests/default-cni.yaml',
  'node/kind/manifests/default-storage.yaml',
]
