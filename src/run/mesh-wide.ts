import type { Where } from '../error.ts'
import { formatKey } from '../scenario/format.ts'
import type { Scenario } from '../scenario/model.ts'

/** Where policies count for every namespace. */
const ROOT_NAMESPACE = 'istio-system'

/** The first thing in a scenario that changes the mesh as a whole; undefined where it keeps to its namespaces. */
export function meshWide({ steps }: Scenario): { readonly what: string; readonly where: Where } | undefined {
  for (const { mesh, applies } of steps) {
    if (mesh) return { what: "the mesh's configuration", where: mesh.where }
    const wide = applies.find(({ key }) => key.namespace === ROOT_NAMESPACE)
    if (wide) return { what: formatKey(wide.key), where: wide.where }
  }
  return undefined
}
