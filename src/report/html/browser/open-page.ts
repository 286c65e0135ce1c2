import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { RunRecord } from '../../record-schema.ts'
import { renderHtml } from '../render-html.ts'

/** Where Debian's package puts it; `CHROMIUM` names another. */
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

interface OpenOptions extends BrowserContextOptions {
  readonly hash?: string
}

/** Opens a record's page as a reader does who has just downloaded it. */
type OpenPage = (record: RunRecord, options?: OpenOptions) => Promise<Page>

/**
 * A real Chromium for the tests of a file. After each test it fails what must never happen on any page: an error, a text on the console,
 * a request for anything but the page itself.
 */
export function useBrowser(): OpenPage {
  let browser: Browser
  let dir = ''
  const wrong: string[] = []

  beforeAll(async () => {
    if (!existsSync(CHROMIUM)) {
      throw new Error(
        `there is no Chromium at ${CHROMIUM}: apt-get install -y --no-install-recommends chromium, or set CHROMIUM to the path of another`,
      )
    }
    dir = await mkdtemp(join(tmpdir(), 'meshproof-page-'))
    // Its sandbox needs what root in a container lacks; it opens nothing but the page that was just made.
    browser = await chromium.launch({ executablePath: CHROMIUM, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
  })
  afterAll(async () => {
    await browser?.close()
    if (dir) await rm(dir, { recursive: true })
  })
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()))
    expect(wrong.splice(0)).toEqual([])
  })

  return async (record, { hash = '', ...options } = {}) => {
    const file = join(dir, 'report.html')
    await writeFile(file, renderHtml(record))
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
    const page = await context.newPage()
    const address = pathToFileURL(file).href
    page.on('console', (message) => wrong.push(`console: ${message.text()}`))
    page.on('pageerror', (error) => wrong.push(`error: ${error.message}`))
    page.on('dialog', (dialog) => wrong.push(`dialog: ${dialog.message()}`))
    page.on('request', (request) => {
      if (request.url() !== address && !request.url().startsWith('data:')) wrong.push(`request: ${request.url()}`)
    })
    await page.goto(address + hash)
    return page
  }
}

/** A cell by its address: `rich/s2.c4`. */
export function cellAt(page: Page, place: string): Locator {
  return page.locator(`.cell[id="${place}"]`)
}

/** Where the evidence of a cell is shown. */
export function evidenceOf(page: Page): Locator {
  return page.locator('#evidence')
}

/** What stands in an element, with single spaces. */
export async function wordsOf(element: Locator): Promise<string> {
  return ((await element.textContent()) ?? '').replace(/\s+/g, ' ').trim()
}

/** The mean of a colour's channels, 0 to 255. */
export function brightness(colour: string): number {
  const channels = [...colour.matchAll(/\d+/g)].slice(0, 3).map(([digits]) => Number(digits))
  return channels.reduce((sum, channel) => sum + channel, 0) / channels.length
}
