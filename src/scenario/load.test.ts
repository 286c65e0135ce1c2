import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadScenarios } from './load.ts'

const GOOD = `scenario: One request
story: It is served.
world:
  foo: { mesh: true, apps: [sleep, httpbin] }
steps:
  - step: all is well
    expect:
      - { http: GET /ip, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 }
`

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scenarios-'))
  await mkdir(join(folder, 'deep'))
  await writeFile(join(folder, 'good.yaml'), GOOD)
  await writeFile(join(folder, 'deep', 'other.yml'), GOOD)
  await writeFile(join(folder, 'notes.md'), 'not a scenario')
})

afterAll(() => rm(folder, { recursive: true }))

test("the project's own scenarios have no problem", async () => {
  const { scenarios, problems } = await loadScenarios([])
  expect(problems).toEqual([])
  expect(scenarios.map(({ id }) => id)).toEqual(expect.arrayContaining(['authorization-tcp', 'mtls-client-and-server', 'mtls-migration']))
})

test('a folder is searched to its bottom, and a file named twice is read once', async () => {
  const { scenarios, problems } = await loadScenarios([folder, join(folder, 'good.yaml')])
  expect(problems).toEqual([])
  expect(scenarios.map(({ id }) => id)).toEqual(['other', 'good'])
})

test('the problems of all files come together, and what is sound is still there', async () => {
  const bad = await mkdtemp(join(folder, 'bad-'))
  await writeFile(join(bad, 'a.yaml'), GOOD.replace('story', 'storry'))
  await writeFile(join(bad, 'b.yaml'), GOOD.replace('is: 200', 'is: 2oo'))
  await writeFile(join(bad, 'c.yaml'), GOOD)
  const { scenarios, problems } = await loadScenarios([bad])
  expect(problems.map(({ where, code }) => `${where.file.at(-6)} ${code}`)).toEqual(['a unknown-key', 'b bad-cell'])
  expect(scenarios.map(({ id }) => id)).toEqual(['c'])
  await rm(bad, { recursive: true })
})

test('two files of one name are two scenarios of one id, which is an error', async () => {
  const twin = await mkdtemp(join(folder, 'twin-'))
  await writeFile(join(twin, 'good.yaml'), GOOD)
  const { scenarios, problems } = await loadScenarios([folder])
  expect(problems).toMatchObject([
    { severity: 'error', code: 'duplicate-id', where: { line: 1, column: 1 }, sourceLine: 'scenario: One request' },
  ])
  expect(scenarios.map(({ id }) => id).toSorted()).toEqual(['good', 'other'])
  await rm(twin, { recursive: true })
})

test('a path that is not there, and one without scenarios, are errors of their own', async () => {
  await expect(loadScenarios([join(folder, 'gone.yaml')])).rejects.toMatchObject({ code: 'no-such-path', exit: 2 })
  const empty = await mkdtemp(join(folder, 'empty-'))
  await expect(loadScenarios([empty])).rejects.toMatchObject({ code: 'no-scenarios', exit: 2 })
})
