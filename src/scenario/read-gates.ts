import type { Path, SourceDocument } from './document.ts'
import { GATED, type Gate } from './model.ts'
import type { RawGates } from './schema.ts'

interface GatesAt {
  readonly document: SourceDocument
  /** Of the scenario, step or item. */
  readonly path: Path
  readonly raw: RawGates | undefined
  /** Of what it is a part of; all must hold. */
  readonly inherited: readonly Gate[]
}

/** The version gates of a part of a scenario: its owner's and its own. */
export function readGates({ document, path, raw, inherited }: GatesAt): readonly Gate[] {
  if (raw === undefined) return inherited
  const own = GATED.flatMap((of): Gate[] => {
    const range = raw[of]
    return range === undefined ? [] : [{ of, range, where: document.place([...path, 'when', of]).where }]
  })
  return [...inherited, ...own]
}
