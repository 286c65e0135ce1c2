import { access, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { readVersions } from '../versions.ts'
import { makeSource } from './make-source.ts'
import { appPrograms } from './programs.ts'

/** A Go that says which verb it was called with, fails the tests when told to, and builds an empty program. */
const GO = `#!/bin/sh
echo "$1" >> "$CALLS"
case "$1" in
  test) [ -z "$BROKEN" ] || { echo '--- FAIL: TestThePage' >&2; exit 1; } ;;
  build) while [ $# -gt 0 ]; do [ "$1" = -o ] && touch "$2/sample-apps"; shift; done ;;
esac
`

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshproof-make-test-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'go'), GO)
  await chmod(join(folder, 'go'), 0o755)
  vi.stubEnv('MESHPROOF_CACHE', join(folder, 'cache'))
  vi.stubEnv('CALLS', join(folder, 'calls'))
  onTestFinished(() => void vi.unstubAllEnvs())
})

async function make(): Promise<string> {
  const { sampleApps } = await appPrograms(await readVersions())
  return makeSource(sampleApps, { go: join(folder, 'go'), signal: new AbortController().signal, progress: () => {} })
}

test('a program of ours is built once its tests have passed, and not again', async () => {
  const made = await make()
  await access(join(made, 'sample-apps'))
  expect(await make()).toBe(made)
  expect(await readFile(join(folder, 'calls'), 'utf8')).toBe('test\nbuild\n')
})

test('a program of ours whose tests fail is not built', async () => {
  vi.stubEnv('BROKEN', 'yes')
  await expect(make()).rejects.toMatchObject({ code: 'command-failed', seen: '--- FAIL: TestThePage' })
  expect(await readFile(join(folder, 'calls'), 'utf8')).toBe('test\n')
})
