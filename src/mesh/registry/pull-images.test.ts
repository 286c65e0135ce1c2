import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Engine } from '../engine.ts'
import type { Progress } from '../types.ts'
import { pullImages } from './pull-images.ts'

/** A client whose engine has what was pulled, and whose registry has everything but what is called `gone`. */
const CLIENT = `#!/bin/sh
cd "$STORE" || exit 1
echo "$*" >> calls
for name; do :; done
file=$(echo "$name" | tr '/:' '__')
case "$1" in
  image) [ -f "$file" ] && echo '[{"Id":"sha256:1","RepoDigests":["x@sha256:1"]}]' || { echo 'Error: No such image' >&2; exit 1; } ;;
  pull) case "$name" in *gone*) echo 'Error: manifest unknown' >&2; exit 1 ;; *slow*) exec sleep 30 ;; *) touch "$file" ;; esac ;;
esac
`

async function engineOf(): Promise<{ engine: Engine; calls: () => Promise<string[]> }> {
  const folder = await mkdtemp(join(tmpdir(), 'meshproof-pull-test-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const docker = join(folder, 'docker')
  await writeFile(docker, CLIENT)
  await chmod(docker, 0o755)
  return {
    engine: { docker, version: '1', env: { STORE: folder } },
    calls: async () => (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n'),
  }
}

function notes(): { said: string[]; progress: Progress } {
  const said: string[] = []
  return { said, progress: (event) => event.kind === 'note' && said.push(event.text) }
}

const signal = new AbortController().signal

test('what is there is not pulled again, and what is pulled is given back with its identity', async () => {
  const { engine, calls } = await engineOf()
  const { said, progress } = notes()
  const wanted = { images: ['registry.test/a:1'], optional: ['registry.test/b:1'] }
  const expected = [
    { reference: 'registry.test/a:1', id: 'sha256:1' },
    { reference: 'registry.test/b:1', id: 'sha256:1' },
  ]
  expect([...(await pullImages(wanted, { engine, signal, progress })).values()]).toEqual(expected)
  expect([...(await pullImages(wanted, { engine, signal, progress })).values()]).toEqual(expected)
  expect((await calls()).filter((call) => call.startsWith('pull'))).toHaveLength(2)
  expect(said).toEqual([])
})

test('an optional image that is gone is said and left out', async () => {
  const { engine } = await engineOf()
  const { said, progress } = notes()
  const found = await pullImages({ images: ['registry.test/a:1'], optional: ['registry.test/gone:1'] }, { engine, signal, progress })
  expect([...found.keys()]).toEqual(['registry.test/a:1'])
  expect(said).toMatchInlineSnapshot(`
    [
      "registry.test/gone:1 cannot be pulled, and scenarios whose apps need it will not run: Error: manifest unknown",
    ]
  `)
})

test('any other image that is gone fails, and nothing is said of those that were given up for it', async () => {
  const { engine } = await engineOf()
  const { said, progress } = notes()
  const pulling = pullImages({ images: ['registry.test/gone:1'], optional: ['registry.test/slow:1'] }, { engine, signal, progress })
  await expect(pulling).rejects.toMatchObject({ code: 'command-failed', seen: 'Error: manifest unknown' })
  expect(said).toEqual([])
})

test('an interruption is not taken for an image that is gone', async () => {
  const { engine } = await engineOf()
  const { said, progress } = notes()
  const interrupted = AbortSignal.abort(new Error('interrupted'))
  const pulling = pullImages({ images: [], optional: ['registry.test/gone:1'] }, { engine, signal: interrupted, progress })
  await expect(pulling).rejects.toThrow('interrupted')
  expect(said).toEqual([])
})
