import { readFileSync } from 'node:fs'
import type { Harness } from './result.ts'

/** The harness as it is now; needs no run to have begun. */
export function harnessNow(): Harness {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  return { version, node: process.version, peakRssBytes: process.resourceUsage().maxRSS * 1024 }
}
