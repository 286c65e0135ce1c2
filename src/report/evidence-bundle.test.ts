import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RunEvent } from '../run/events.ts'
import type { EvidenceFile } from '../run/evidence.ts'
import { evidenceBundle } from './evidence-bundle.ts'
import { scenario, step } from './example-run.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'meshproof-bundle-'))
})
afterEach(() => rm(dir, { recursive: true }))

function found(...files: EvidenceFile[]): RunEvent {
  const { scenario: planned } = scenario('mtls', [step(0, 'before any policy', [])])
  const [first] = planned.steps
  if (!first) throw new Error('the example has a step')
  return { kind: 'evidence', scenario: planned, step: first, files }
}

async function filesIn(folder: string): Promise<string[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true })
  return all
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name).slice(folder.length + 1))
    .sort()
}

const file = (path: string, length: number): EvidenceFile => ({ path, bytes: Buffer.alloc(length, 'a') })

test('every file stands under its scenario and step', async () => {
  const bundle = evidenceBundle({ dir })
  bundle.onEvent(found(file('s1.c1/attempts.json', 3), file('objects.json', 3)))
  await bundle.end?.()
  expect((await filesIn(join(dir, 'evidence'))).map((path) => path.split('/').slice(1).join('/'))).toEqual([
    's1/objects.json',
    's1/s1.c1/attempts.json',
  ])
})

test('a file that is too long is cut and says so', async () => {
  const bundle = evidenceBundle({ dir, fileLimit: 100 })
  bundle.onEvent(found(file('long.json', 1_000)))
  await bundle.end?.()
  const [path = ''] = await filesIn(join(dir, 'evidence'))
  const text = await readFile(join(dir, 'evidence', path), 'utf8')
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(100)
  expect(text).toContain('cut: 1000 bytes in all')
})

test('what no longer fits into the bundle is named', async () => {
  const bundle = evidenceBundle({ dir, bundleLimit: 100 })
  bundle.onEvent(found(file('a', 60), file('b', 60), file('c', 30)))
  await bundle.end?.()
  expect(await readFile(join(dir, 'evidence', 'left-out.txt'), 'utf8')).toMatch(/s1\/b: 60 bytes\n$/)
  expect((await filesIn(join(dir, 'evidence'))).map((path) => path.split('/').at(-1))).toEqual(['left-out.txt', 'a', 'c'])
})
