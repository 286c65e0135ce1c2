import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { cached, cacheRoot, isMade, recipeHash } from './cache.ts'

const signal = new AbortController().signal
const progress = () => undefined
let root = ''

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'meshproof-cache-test-'))
  vi.stubEnv('MESHPROOF_CACHE', root)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(root, { recursive: true })
})

test.for([
  [{ MESHPROOF_CACHE: '/a', XDG_CACHE_HOME: '/b' }, /^\/a$/],
  [{ XDG_CACHE_HOME: '/b' }, /^\/b\/meshproof$/],
  [{ XDG_CACHE_HOME: '' }, /\/\.cache\/meshproof$/],
] as const)('the cache is where %o says', ([env, expected]) => {
  expect(cacheRoot(env)).toMatch(expected)
})

test('the hash of a recipe follows each of its inputs, also those deep inside', () => {
  const one = recipeHash({ version: '1.31', files: [{ path: 'a' }] })
  expect(one).toMatch(/^[0-9a-f]{12}$/)
  expect(recipeHash({ version: '1.31', files: [{ path: 'a' }] })).toBe(one)
  expect(recipeHash({ version: '1.31', files: [{ path: 'b' }] })).not.toBe(one)
})

test('an entry is made once and then taken from the cache', async () => {
  let made = 0
  const entry = {
    ...{ name: 'thing', hash: 'abc', signal, progress },
    make: async (folder: string) => {
      made += 1
      await writeFile(join(folder, 'file'), 'done')
    },
  }
  const folders = await Promise.all([cached(entry), cached(entry), cached(entry)])
  expect(made).toBe(1)
  expect(new Set(folders).size).toBe(1)
  expect(await readFile(join(folders[0] ?? '', 'file'), 'utf8')).toBe('done')
})

test('what failed half-way is not in the cache, leaves nothing, and can be made again', async () => {
  const entry = { name: 'thing', hash: 'abc', signal, progress }
  const failing = cached({
    ...entry,
    make: async (folder) => {
      await writeFile(join(folder, 'half'), '')
      throw new Error('the network went away')
    },
  })
  await expect(failing).rejects.toThrow('the network went away')
  expect(await isMade(entry)).toBe(false)
  expect(await readdir(join(root, 'unfinished'))).toEqual([])
  const folder = await cached({ ...entry, make: (inside) => writeFile(join(inside, 'whole'), '') })
  expect(await readdir(folder)).toEqual(['whole'])
})

test('what a killed process left half-made is removed by the next one', async () => {
  const dead = join(root, 'unfinished', '99999999.left')
  await cached({ name: 'first', hash: '1', signal, progress, make: async () => undefined })
  await writeFile(dead, '')
  await cached({ name: 'second', hash: '1', signal, progress, make: async () => undefined })
  expect(await readdir(join(root, 'unfinished'))).toEqual([])
})
