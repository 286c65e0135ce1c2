/** One bound of a range: `>=1.31`. */
interface Bound {
  readonly sign: '>=' | '<=' | '>' | '<' | '='
  readonly version: readonly number[]
}

const BOUND = /^(>=|<=|>|<|=)?\s*(\d+\.\d+(?:\.\d+)?)$/

/** Whether a text is a range: bounds with spaces between them, which all must hold (`>=1.30 <1.32`); a version alone means that one. */
export function isVersionRange(text: string): boolean {
  return boundsOf(text) !== undefined
}

/**
 * Whether a version is in a range. A bound compares as many numbers as it has: 1.31.1 is in `1.31`, `>=1.31` and `<=1.31`, and not in
 * `>1.31`. Pure.
 */
export function inVersionRange(text: string, version: string): boolean {
  const seen = numbersOf(version)
  return seen !== undefined && boundsOf(text)?.every((bound) => holds(bound, seen)) === true
}

function boundsOf(text: string): Bound[] | undefined {
  const parts = text
    .replace(/(>=|<=|>|<|=)\s+/g, '$1')
    .trim()
    .split(/\s+/)
  const bounds = parts.flatMap((part): Bound[] => {
    const [, sign = '=', version = ''] = BOUND.exec(part) ?? []
    return version === '' ? [] : [{ sign: sign as Bound['sign'], version: version.split('.').map(Number) }]
  })
  return bounds.length === parts.length ? bounds : undefined
}

function numbersOf(version: string): readonly number[] | undefined {
  const found = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version)
  return found ? found.slice(1).map((part) => Number(part ?? 0)) : undefined
}

function holds({ sign, version }: Bound, seen: readonly number[]): boolean {
  const difference = version.map((part, index) => (seen[index] ?? 0) - part).find((one) => one !== 0) ?? 0
  switch (sign) {
    case '>=':
      return difference >= 0
    case '<=':
      return difference <= 0
    case '>':
      return difference > 0
    case '<':
      return difference < 0
    case '=':
      return difference === 0
  }
}
