import { formatMs } from '../duration.ts'
import type { CellRecord } from '../record-schema.ts'

/** Time-to-enforce in words; where something else than declared was seen, nothing was enforced, and it is only the first answer's time. */
export function enforcedText({ timeToEnforceMs, observed, declared }: CellRecord): string | undefined {
  if (timeToEnforceMs === undefined) return undefined
  return observed?.text === declared.text ? `enforced in ${formatMs(timeToEnforceMs)}` : `first answer after ${formatMs(timeToEnforceMs)}`
}
