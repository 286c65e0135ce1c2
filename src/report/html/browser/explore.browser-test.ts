import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { fullSet, richRecord } from '../example-record.ts'
import { brightness, cellAt, evidenceOf, useBrowser, wordsOf } from './open-page.ts'

const open = useBrowser()

test('opens from a file with the verdict and every failed cell on the first screen', async () => {
  const page = await open(richRecord())
  await expect.poll(() => page.title()).toBe('✗ 2 failed, 2 inconclusive · Istio 1.31.1 · meshproof')
  for (const line of [page.locator('h1'), ...(await page.locator('.item.fail').all())]) {
    const box = await line.boundingBox()
    expect(box && box.y + box.height).toBeLessThan(900)
  }
  expect(await page.locator('.item.fail .what').allTextContents()).toEqual([
    'sleep.foo → https://example.com:443 GET /headers, x-token: guest',
    'sleep.foo/istio-proxy → pod/tcp-echo.foo:9002 tcp port',
  ])
})

test('filters by verdict, by words and by scenario, and says how many cells are left', async () => {
  const page = await open(fullSet())
  const count = page.locator('#count')
  expect(await page.locator('.scenario[open]').count()).toBe(10)
  await page.getByRole('button', { name: /^not as declared Failed/ }).click()
  expect([await wordsOf(count), await shownCells(page).count(), await page.locator('.scenario:visible').count()]).toEqual([
    '10 of 400 shown',
    10,
    10,
  ])
  expect(await page.locator('.outline li:visible').count()).toBe(10)

  await page.getByRole('searchbox').fill('httpbin.BAR scenario-10')
  expect([await wordsOf(count), await shownCells(page).count()]).toEqual(['1 of 400 shown', 1])
  await page.getByRole('searchbox').fill('no such thing')
  expect(await page.getByText('No cell matches the filters.').isVisible()).toBe(true)

  await page.getByRole('searchbox').fill('')
  await page.getByRole('button', { name: /^All/ }).click()
  await page.getByRole('combobox').selectOption({ label: 'A scenario by the name of scenario-1' })
  expect([await wordsOf(count), await shownCells(page).count(), await page.locator('.scenario[open]:visible').count()]).toEqual([
    '16 of 400 shown',
    16,
    1,
  ])
  await page.getByRole('combobox').selectOption({ label: 'All scenarios' })
  expect([await wordsOf(count), await page.locator('.scenario[open]').count()]).toEqual(['400 of 400 shown', 10])
})

test('opens the evidence of a cell: timeline, command, answer, log lines and what the wire carried', async () => {
  const page = await open(richRecord())
  await cellAt(page, 'rich/s2.c4').click()
  await page.getByRole('dialog', { name: 'sleep.foo/istio-proxy → pod/tcp-echo.foo:9002' }).waitFor({ timeout: 10_000 })
  const text = await wordsOf(evidenceOf(page))
  for (const part of [
    'sleep.foo/istio-proxy → pod/tcp-echo.foo:9002',
    '403 mtls by deny-get.foo within 300 ms',
    'it was served wrong-outcome',
    'first answer after',
    'scenarios/example.yaml:20:26',
    'kubectl --context kind-meshproof -n foo exec deploy/sleep -c istio-proxy -- curl -sS -i',
    'TLSv1.3 application data both ways',
    'HTTP/1.1 403 Forbidden',
    'rbac_access_denied_matched_policy[ns[foo]-policy[deny-get]-rule[0]]',
    'Client proxy’s access log',
  ]) {
    expect(text).toContain(part)
  }
  const attempts = richRecord().scenarios[0]?.steps[1]?.cells[3]?.attempts.length
  expect([await evidenceOf(page).locator('.attempt').count(), await evidenceOf(page).locator('.timeline .bar').count()]).toEqual([
    attempts,
    attempts,
  ])
  expect(await evidenceOf(page).getByText('connection 2001 is not newer than 2016').isVisible()).toBe(false)
  await evidenceOf(page).locator('.attempt').first().locator('summary').click()
  expect(await evidenceOf(page).getByText('connection 2001 is not newer than 2016').isVisible()).toBe(true)
})

test('is linked to by its address, in which back and forth and the buttons go', async () => {
  const page = await open(richRecord(), { hash: '#rich/s2.c2' })
  const title = page.locator('#evidence-title')
  await expect.poll(() => wordsOf(title)).toContain('sleep.legacy → gateway/ingress.istio-system:80')
  expect((await cellAt(page, 'rich/s2.c2').boundingBox())?.y).toBeLessThan(900)
  await page.getByRole('button', { name: 'Next cell' }).click()
  await expect.poll(() => wordsOf(title)).toContain('sleep.bar → httpbin.foo:8000')
  expect(page.url()).toMatch(/#rich\/s2\.c5$/)
  await page.locator('.item a', { hasText: 'tcp port' }).click()
  await expect.poll(() => wordsOf(title)).toContain('tcp port')
  await page.goBack()
  await expect.poll(() => wordsOf(title)).toContain('sleep.bar → httpbin.foo:8000')
})

test('opens a folded scenario when a link leads into it', async () => {
  const page = await open(fullSet())
  const scenario = page.locator('[id="scenario-2"]')
  expect(await scenario.getAttribute('open')).toBeNull()
  await page
    .getByRole('navigation')
    .getByRole('link', { name: /scenario-2$/ })
    .click()
  await expect.poll(() => scenario.getAttribute('open')).toBe('')
  await page.goto(`${page.url().replace(/#.*/, '')}#scenario-4/s3.c1`)
  await evidenceOf(page).waitFor()
  expect(await cellAt(page, 'scenario-4/s3.c1').isVisible()).toBe(true)
})

test('copies the command that repeats a question', async () => {
  const page = await open(richRecord(), { hash: '#rich/s2.c1', permissions: ['clipboard-read', 'clipboard-write'] })
  const command = richRecord().scenarios[0]?.steps[1]?.cells[0]?.attempts[1]?.command
  await page.getByRole('button', { name: 'Copy: The command in the pod' }).first().click()
  await expect.poll(() => wordsOf(page.locator('#said'))).toBe('Copied')
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(command)
})

test('is dark where the system is, and changes by its button', async () => {
  const page = await open(richRecord(), { colorScheme: 'dark' })
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  const dark = await paper()
  await page.getByRole('button', { name: 'Theme' }).click()
  const light = await paper()
  expect([brightness(dark) < 50, brightness(light) > 200]).toEqual([true, true])
  await page.getByRole('button', { name: 'Theme' }).click()
  expect(await paper()).toBe(dark)
})

test('shows in the picture which line belongs to a cell', async () => {
  const page = await open(richRecord())
  await cellAt(page, 'rich/s2.c4').hover()
  const lit = page.locator('.edge.lit')
  expect(await lit.evaluateAll((lines) => lines.map((line) => line.getAttribute('data-place')))).toEqual(['rich/s2.c4'])
  await page.locator('h1').hover()
  expect(await lit.count()).toBe(0)
})

function shownCells(page: Page): Locator {
  return page.locator('td:not(.off) > .cell:visible')
}
