import type { Blindness } from './continuous-types.ts'
import type { ProberNote } from './prober-line.ts'
import type { Sequence } from './sequence.ts'

/** What was heard of one prober. */
export interface HeardProber {
  /** `prober-x.mp-upgrade-a`. */
  readonly name: string
  readonly sequence: Pick<Sequence, 'missing'>
  /** The last thing that it said of itself. */
  readonly note: ProberNote['note'] | undefined
}

/** The samples that probers asked and nobody heard of, or may not have heard of. Pure. */
export function unheardOf(probers: readonly HeardProber[], { at, end }: { readonly at: number; readonly end: number }): Blindness[] {
  return probers.flatMap(({ name, sequence, note }): Blindness[] => {
    const common = { kind: 'unheard', at, end } as const
    if (sequence.missing > 0) return [{ ...common, text: `${name}: ${sequence.missing} samples were asked and never told` }]
    const told = note === 'end' || note === 'paused'
    return told ? [] : [{ ...common, text: `${name} went without telling its last number` }]
  })
}
