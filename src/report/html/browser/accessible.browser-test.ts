import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { richRecord } from '../example-record.ts'
import { cellAt, evidenceOf, useBrowser, wordsOf } from './open-page.ts'

const open = useBrowser()

describe.each([{ colorScheme: 'light' }, { colorScheme: 'dark' }] as const)('axe finds nothing in the $colorScheme page', (options) => {
  test('as it opens', async () => {
    expect(await violations(await open(richRecord(), options))).toEqual([])
  })

  test('with evidence, filters and every detail open', async () => {
    const page = await open(richRecord(), { ...options, hash: '#rich/s2.c4' })
    await evidenceOf(page).waitFor()
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true
    })
    await page.getByRole('button', { name: /^not as declared/ }).click()
    expect(await page.locator('td.off:visible').count()).toBe(1)
    expect(await violations(page)).toEqual([])
  })

  test('on a phone, with evidence over the page', async () => {
    const page = await open(richRecord(), { ...options, viewport: { width: 390, height: 844 }, hash: '#rich/s2.c4' })
    await evidenceOf(page).waitFor()
    expect(await violations(page)).toEqual([])
  })
})

test('is used by keyboard alone', async () => {
  const page = await open(richRecord())
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the scenarios')
  await page.keyboard.press('Enter')
  const focused = () => page.evaluate(() => document.activeElement?.id)
  for (let presses = 0; presses < 8 && (await focused()) !== 'rich/s1.c1'; presses += 1) await page.keyboard.press('Tab')
  expect(await focused()).toBe('rich/s1.c1')

  await cellAt(page, 'rich/s2.c1').focus()
  await page.keyboard.press('ArrowRight')
  // Two holes of the table are passed over.
  expect(await focused()).toBe('rich/s2.c3')
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowDown')
  expect(await focused()).toBe('rich/s2.c5')
  await page.keyboard.press('ArrowDown')
  expect(await focused()).toBe('rich/s2.c5')

  await page.keyboard.press('Enter')
  await expect.poll(focused).toBe('evidence-title')
  await page.keyboard.press('Escape')
  expect([await evidenceOf(page).isVisible(), await focused(), page.url().includes('#')]).toEqual([false, 'rich/s2.c5', false])

  // Another cell while evidence is open, then on by the buttons, which keep the focus.
  await page.keyboard.press('Enter')
  await expect.poll(focused).toBe('evidence-title')
  await cellAt(page, 'rich/s2.c4').press('Enter')
  await expect.poll(focused).toBe('evidence-title')
  const before = page.getByRole('button', { name: 'Cell before' })
  await before.press('Enter')
  await expect.poll(() => wordsOf(page.locator('#said'))).toContain('sleep.bar → httpbin.foo:8000')
  await before.press('Enter')
  await expect.poll(() => wordsOf(page.locator('#said'))).toContain('sleep.legacy → gateway')
  expect(await before.evaluate((button) => button === document.activeElement)).toBe(true)
  await page.keyboard.press('Escape')
  expect(await focused()).toBe('rich/s2.c2')
})

test('a phone never scrolls sideways, and evidence covers the page and gives it back', async () => {
  const page = await open(richRecord(), { viewport: { width: 390, height: 844 } })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  await cellAt(page, 'rich/s2.c5').click()
  await evidenceOf(page).waitFor()
  expect(await evidenceOf(page).evaluate((dialog) => [dialog.matches(':modal'), dialog.getBoundingClientRect().width])).toEqual([true, 390])
  await page.keyboard.press('Escape')
  await expect.poll(() => evidenceOf(page).isVisible()).toBe(false)
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('rich/s2.c5')
})

/** What axe finds: rule, and the elements it finds it at. */
async function violations(page: Page): Promise<string[]> {
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(source)
  const options: RunOptions = { resultTypes: ['violations'] }
  const results = await page.evaluate<AxeResults, RunOptions>(
    (given) => (Reflect.get(globalThis, 'axe') as { run(options: RunOptions): Promise<AxeResults> }).run(given),
    options,
  )
  expect(results.passes.length).toBeGreaterThan(20)
  return results.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary}`))
}
