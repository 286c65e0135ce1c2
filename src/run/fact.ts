/** Something that istiod must show before a step's changes have arrived, besides its store. */
export interface Fact {
  /** As it reads after "waiting for". */
  readonly what: string
  /** One look at it. */
  readonly look: (signal: AbortSignal) => Promise<{ readonly done: true } | { readonly seen: string }>
  /** What the reader can do when it does not come about. */
  readonly next?: string
}
