import type { Cluster } from '../kube/cluster.ts'
import type { PodView } from '../kube/get.ts'
import { serviceAccountToken } from '../kube/service-account-token.ts'
import { ISSUER, Mint, type MintedSpec } from '../probe/tokens.ts'
import type { Placeholders } from '../scenario/placeholders.ts'
import type { TokenSpec } from '../scenario/token.ts'

/** What a run's questions are asked with, and what the mesh is told of it. */
export interface Credentials {
  /** The bearer token for a question from this pod. @throws MeshproofError those of `serviceAccountToken`. */
  bearer(spec: TokenSpec, source: PodView): Promise<string>
  /** What is filled into manifests; `run` tells their scenario in this run from all others. */
  placeholders(run: string): Promise<Placeholders>
}

/** Makes nothing yet. */
export function openCredentials(cluster: Cluster, signal: AbortSignal): Credentials {
  const mint = new Mint()
  const accounts = new Map<string, Promise<string>>()
  const ofAccount = ({ namespace, serviceAccount: name }: PodView) => {
    const key = `${name}.${namespace}`
    const token = accounts.get(key) ?? serviceAccountToken(cluster, { namespace, name }, signal)
    accounts.set(key, token)
    // A failed one is asked for again by the next question.
    token.catch(() => accounts.delete(key))
    return token
  }
  return {
    bearer: async (spec, source) => (isMinted(spec) ? mint.mint(spec) : ofAccount(source)),
    placeholders: async (run) => ({ jwks: await mint.jwks(), issuer: ISSUER, run }),
  }
}

function isMinted(spec: TokenSpec): spec is MintedSpec {
  return spec.kind !== 'service-account'
}
