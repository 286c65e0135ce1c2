import { expect, test } from 'vitest'
import { fullSet, HOSTILE, hostileRecord, richRecord } from '../example-record.ts'
import { brightness, evidenceOf, useBrowser, wordsOf } from './open-page.ts'

const open = useBrowser()

test('paper holds every table and the evidence of what is red, in light, and none of the tools', async () => {
  const page = await open(fullSet(), { colorScheme: 'dark', hash: '#scenario-1/s1.c1' })
  await evidenceOf(page).waitFor()
  expect(await page.locator('.on-paper:visible').count()).toBe(0)
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  for (const tool of ['.toolbar', '.outline', '#evidence', '[data-theme-toggle]']) expect(await page.locator(tool).isVisible()).toBe(false)
  expect(await page.locator('.on-paper:visible .timeline').count()).toBe(10)
  expect(brightness(await page.evaluate(() => getComputedStyle(document.body).backgroundColor))).toBe(255)

  const opened = await page.evaluate(() => {
    const counts: number[] = []
    const count = () => counts.push(document.querySelectorAll('.scenario[open]').length)
    addEventListener('beforeprint', count)
    addEventListener('afterprint', count)
    Object.assign(globalThis, { counts })
    return document.querySelectorAll('.scenario[open]').length
  })
  const pdf = (await page.pdf({ format: 'A4' })).toString('latin1')
  expect(await page.evaluate(() => Reflect.get(globalThis, 'counts'))).toEqual([25, opened])
  expect(pdf.match(/\/Type \/Page\b/g)?.length).toBeGreaterThan(25)
})

test('the full set of 400 cells opens while one waits', async () => {
  const page = await open(fullSet())
  expect(await page.locator('.cell').count()).toBe(400)
  const [timing] = await page.evaluate(() => performance.getEntriesByType('navigation').map((entry) => entry.toJSON()))
  // Seen to take 0.4 s on an idle machine; this one may be busy with a cluster.
  expect(timing.domComplete).toBeLessThan(10_000)
})

test('hostile texts are shown as they are and do nothing, on the page and in the evidence of every cell', async () => {
  const page = await open(hostileRecord())
  const made = () =>
    page.evaluate(() => [
      document.querySelectorAll('img, iframe, object, textarea').length,
      document.querySelectorAll('script').length,
      document.styleSheets.length,
    ])
  expect(await made()).toEqual([0, 2, 1])
  const cells = await page.locator('.cell').all()
  for (const cell of cells) {
    const place = (await cell.getAttribute('id')) ?? ''
    await page.evaluate((hash) => {
      location.hash = hash
    }, place)
    await expect.poll(() => cell.getAttribute('class')).toContain('current')
    await expect.poll(() => wordsOf(page.locator('#evidence-body'))).toContain(`${HOSTILE}"'></script>`)
    expect(await made()).toEqual([0, 2, 1])
  }
  expect(cells.length).toBe(7)
})

test('without its program the page still has the verdict, every table and the evidence of what is red', async () => {
  const page = await open(richRecord(), { javaScriptEnabled: false })
  expect(await wordsOf(page.locator('h1'))).toBe('Not conformant')
  expect([await page.locator('.cell:visible').count(), await page.locator('.on-paper:visible .compare').count()]).toEqual([7, 4])
  expect(await page.locator('.toolbar').isVisible()).toBe(false)
})
