import { join } from 'node:path'
import type { RunResult } from '../../run/result.ts'
import { toRecord } from '../record.ts'
import { writeWhole } from '../write-whole.ts'
import { renderHtml } from './render-html.ts'

/** The page's name in the results folder. */
export const HTML_FILE = 'report.html'

/**
 * Writes the page into the results folder, as a whole or not at all.
 * @returns the file's path.
 * @throws MeshproofError `report-not-written`.
 */
export async function writeHtml(result: RunResult, dir: string): Promise<string> {
  const file = join(dir, HTML_FILE)
  await writeWhole(file, renderHtml(toRecord(result)))
  return file
}
