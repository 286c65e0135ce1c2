import type { Where } from '../error.ts'
import type { JwtFault, TokenSpec } from './token.ts'

/** One scenario file, checked and with every name resolved. Plain data: everything after it only reads. */
export interface Scenario {
  /** The file's name without its ending, unique in a run: `authorization-tcp`. */
  readonly id: string
  readonly title: string
  readonly story: string
  readonly reference?: string
  readonly tags: readonly string[]
  readonly world: readonly WorldNamespace[]
  readonly bounds: Bounds
  /** Versions that it is for; all must hold. Steps and cells hold these too. */
  readonly when?: readonly Gate[]
  readonly steps: readonly Step[]
  readonly where: Where
  /** The file's text, for frames and reports. */
  readonly source: string
}

export interface WorldNamespace {
  readonly name: string
  /** Whether its pods get a sidecar. */
  readonly mesh: boolean
  /** Names of manifests in `kind/apps/` (`sleep`, `httpbin`, `tcp-echo`). */
  readonly apps: readonly string[]
  readonly where: Where
}

/** Every limit in milliseconds, but for the number of answers. A cell's come from itself, its step, its scenario, the defaults. */
export interface Bounds {
  /** Equal counted answers that decide a cell; 3. */
  readonly answers: number
  /** One probe, from the question to its answer; 5 000. */
  readonly probeMs: number
  /** A change, from the API server's answer until every proxy runs it; 10 000. */
  readonly settleMs: number
  /** A step's cells, from the first question to the last decision; 15 000. */
  readonly decisionMs: number
}

export const DEFAULT_BOUNDS: Bounds = { answers: 3, probeMs: 5_000, settleMs: 10_000, decisionMs: 15_000 }

export interface Step {
  /** Starts at 0. */
  readonly index: number
  readonly title: string
  /** What changes in the mesh's own configuration; made before anything is deleted or applied. */
  readonly mesh?: MeshChange
  readonly deletes: readonly Deletion[]
  readonly applies: readonly Application[]
  /** Texts that the API server must warn with when this step is applied; each must be part of one warning. */
  readonly warns: readonly string[]
  /** Workloads that get another number of pods, once everything is applied; the scenario's end gives them back what they had. */
  readonly scales?: readonly Scaling[]
  /** Workloads that must be ready before anything is asked, besides those that the step itself applies or scales. */
  readonly waits?: readonly Deletion[]
  readonly cells: readonly Cell[]
  /** What containers must write to their logs from the step's beginning on. */
  readonly logs?: readonly LogAssertion[]
  /** The scenario's gates and its own. A step of which no cell is left is left out with its changes. */
  readonly when?: readonly Gate[]
  readonly bounds: Bounds
  readonly where: Where
}

export interface Scaling {
  readonly key: ObjectKey
  readonly replicas: number
  readonly where: Where
}

/**
 * What a gate asks the version of: the server's proxy (`istio`), istiod, or the client's proxy. A server or client without a proxy counts
 * as of the control plane's version.
 */
export const GATED = ['istio', 'control-plane', 'client'] as const

/** Leaves a part of a scenario out where a version is not in its range. */
export interface Gate {
  readonly of: (typeof GATED)[number]
  /** As written: `>=1.31`. */
  readonly range: string
  readonly where: Where
}

/** Lines that a workload's container must write. */
export interface LogAssertion {
  readonly from: Source
  /** All in one line. */
  readonly contains: readonly string[]
  /** At least so many lines; questions are repeated, so that a greater number is no fault. */
  readonly times: number
  readonly where: Where
}

/** A change of the mesh's configuration (Istio's MeshConfig). The scenario's end brings the original back. */
export type MeshChange =
  | {
      readonly kind: 'merge'
      /** Maps are merged; a list of named things is merged by name; `null` takes a key away; anything else is replaced. */
      readonly values: Readonly<Record<string, unknown>>
      readonly yaml: string
      readonly where: Where
    }
  | { readonly kind: 'original'; readonly where: Where }

/** Which object, without its content. `group` is empty for core kinds. */
export interface ObjectKey {
  readonly group: string
  readonly kind: string
  readonly name: string
  readonly namespace: string
}

export interface Deletion {
  readonly key: ObjectKey
  readonly where: Where
}

/** An object to apply, as the file has it. */
export interface Application {
  readonly key: ObjectKey
  readonly manifest: Manifest
  /** Why leaving this object out changes nothing; then it must stay green without it. */
  readonly redundant?: string
  /** The admission webhook must reject the object with a message that holds this text. */
  readonly refused?: string
  /** The object's own lines of YAML, for reports. */
  readonly yaml: string
  readonly where: Where
}

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace: string } & Readonly<Record<string, unknown>>
  readonly [key: string]: unknown
}

/** One cell of a truth table, or one single-line probe: who asks whom what, and what must be seen. */
export interface Cell {
  /** Unique in the scenario and stable while the file is: `s1.c4`, both starting at 1. */
  readonly id: string
  readonly step: number
  readonly from: Source
  readonly to: Destination
  readonly question: Question
  readonly declared: Declared
  /** Services that the destination asks in turn to make its answer; over new connections all of them must have answered. */
  readonly through?: readonly ServicePort[]
  /** A bound on time-to-enforce, in milliseconds. */
  readonly enforcedWithinMs?: number
  /** Asked over and over for a while, once all other cells of the step are decided. */
  readonly watch?: Watch
  /** All the gates that stand over it. */
  readonly when?: readonly Gate[]
  readonly bounds: Bounds
  readonly where: Where
}

/** How a cell is watched. Times are milliseconds since its first question. */
export interface Watch {
  readonly overMs: number
  /** From one question to the next. */
  readonly everyMs: number
  /** What the answers turn to, once, between two moments; without it they stay what the cell declares. */
  readonly turn?: { readonly to: Declared; readonly earliestMs: number; readonly latestMs: number }
}

export interface Source {
  /**
   * The run itself, by the API server's port-forward, instead of a pod: the question then begins on the loopback interface of the
   * destination's pod, past its sidecar, and `app` and `namespace` are the destination's.
   */
  readonly kind?: 'port-forward'
  readonly app: string
  readonly namespace: string
  /** The container to ask from; the app's own unless said. */
  readonly container?: string
  /** As written: `sleep.foo`, `sleep.foo/istio-proxy`. */
  readonly text: string
}

/** A service's port, `text` as written: `httpbin.foo:8000`. */
export interface ServicePort {
  readonly app: string
  readonly namespace: string
  readonly port: number
  readonly text: string
}

/** `text` is as written in the table's header. */
export type Destination =
  | { readonly kind: 'service'; readonly app: string; readonly namespace: string; readonly port: number; readonly text: string }
  | { readonly kind: 'pod'; readonly app: string; readonly namespace: string; readonly port: number; readonly text: string }
  | {
      readonly kind: 'gateway'
      readonly name: string
      readonly namespace: string
      readonly port: number
      /** The Host header. */
      readonly host: string
      /** The service that the gateway passes on to what it does not refuse itself. */
      readonly behind: ServicePort
      readonly text: string
    }
  /** `url` is scheme, host and port; the path is the question's. */
  | { readonly kind: 'url'; readonly url: string; readonly text: string }

export type Question =
  | {
      readonly kind: 'http'
      readonly method: string
      readonly path: string
      readonly headers: Readonly<Record<string, string>>
      readonly body?: string
      readonly token?: TokenSpec
    }
  | { readonly kind: 'tcp'; readonly line: string }

/** A status is the three digits as text; see the design for what the words mean. Nothing else is an outcome. */
export type Outcome = `${number}` | 'reset' | 'tls-failed' | 'echo' | 'closed'

/** What the wire carries. `tls-failed` can only be observed. */
export type Wire = 'mtls' | 'plain' | 'tls-failed'

/**
 * Who decided. `app` is the application's own answer; `tls-mismatch` is two ends that could not agree on TLS, whoever is to blame;
 * `no-route` a proxy that knows no host and path of this kind.
 */
export type Decider =
  | { readonly kind: 'policy'; readonly name: string; readonly namespace: string }
  | { readonly kind: 'no-allow' | 'strict' | 'tls-mismatch' | 'no-route' | 'ext-authz-error' | 'bad-provider' | 'app' }
  | { readonly kind: 'jwt'; readonly fault: JwtFault }
  | { readonly kind: 'ext-authz'; readonly provider: string }

export interface Declared {
  readonly outcome: Outcome
  readonly wire?: 'mtls' | 'plain'
  readonly by?: Decider
  /** Texts that the answer must contain (an echoed request header counts: httpbin shows what reached it). */
  readonly sees: readonly string[]
  /** Texts that the answer must not contain, headers included. */
  readonly lacks?: readonly string[]
}
