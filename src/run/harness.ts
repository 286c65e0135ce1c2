import { readFileSync } from 'node:fs'

/** What ran: a verdict is only as good as the program that gave it. */
export interface Harness {
  /** Version of meshproof, from its package.json. */
  readonly version: string
  /** Version of Node, with its `v`. */
  readonly node: string
  /** Highest resident memory of this process so far, bytes. */
  readonly peakRssBytes: number
}

/** The harness as it is now; needs no run to have begun. */
export function harnessNow(): Harness {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  return { version, node: process.version, peakRssBytes: process.resourceUsage().maxRSS * 1024 }
}
