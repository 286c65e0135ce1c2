import type { BuildPlan, ImageRecipe, NodeRecipe, Source } from './recipe.ts'

/** What has to be done, each thing once, those first that take longest. */
export interface Work {
  readonly sources: readonly Source[]
  readonly images: readonly ImageRecipe[]
  readonly nodes: readonly NodeRecipe[]
}

interface Present {
  readonly hasImage: (image: { readonly reference: string; readonly hash: string }) => Promise<boolean>
  readonly hasSource: (source: Source) => Promise<boolean>
}

/** Walks plans down to what is there already; what only a finished image was made of is not asked for. */
export async function workOf(plans: readonly BuildPlan[], present: Present): Promise<Work> {
  const sources = new Map<string, Source>()
  const images = new Map<string, ImageRecipe>()
  const nodes = new Map<string, NodeRecipe>()
  for (const plan of plans) {
    if (!nodes.has(plan.node.reference) && !(await present.hasImage(plan.node))) {
      nodes.set(plan.node.reference, plan.node)
      for (const image of [plan.node.base, ...plan.node.preload.map(({ image }) => image)]) await wantImage(image)
      for (const { from } of plan.node.base.files) await wantSource(from)
    }
    for (const image of plan.images) await wantImage(image)
    await wantSource(plan.charts)
  }
  return {
    sources: [...sources.values()].sort((one, other) => weight(one) - weight(other)),
    images: [...images.values()],
    nodes: [...nodes.values()],
  }

  async function wantImage(image: ImageRecipe): Promise<void> {
    if (images.has(image.reference) || (await present.hasImage(image))) return
    if (image.base) await wantImage(image.base)
    images.set(image.reference, image)
    for (const { from } of image.files) await wantSource(from)
  }

  async function wantSource(source: Source): Promise<void> {
    if (sources.has(source.hash) || (await present.hasSource(source))) return
    sources.set(source.hash, source)
  }
}

const SLOWEST = [/^kubernetes-/, /^istio-/, /^coredns-/, /^etcd-/]

function weight({ name }: Source): number {
  const place = SLOWEST.findIndex((pattern) => pattern.test(name))
  return place === -1 ? SLOWEST.length : place
}
