import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { formatError } from '../error.ts'
import { ensureEngine } from './engine.ts'

const permission = { install: false, yes: false, signal: new AbortController().signal, progress: () => undefined }
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshproof-engine-test-'))
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH']}`)
  vi.stubEnv('DOCKER_HOST', undefined)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

test('an engine that answers is taken, whatever the version of its client', async () => {
  await client('echo 20.10.24')
  expect(await ensureEngine(permission)).toEqual({ docker: 'docker', version: '20.10.24', env: { DOCKER_BUILDKIT: '0' } })
})

test('an engine that this user may not talk to is not replaced', async () => {
  await client('echo "permission denied while trying to connect to the Docker daemon socket" >&2; exit 1')
  expect(await refusal()).toMatchInlineSnapshot(`
    "The container engine runs, and this user may not talk to it [engine-denied]
      seen:     permission denied while trying to connect to the Docker daemon socket
      next:     sudo usermod -aG docker "$USER", then log in again"
  `)
})

test('an engine that was named and does not answer is not replaced', async () => {
  vi.stubEnv('DOCKER_HOST', 'tcp://127.0.0.1:1')
  await client('echo "Cannot connect to the Docker daemon at $DOCKER_HOST" >&2; exit 1')
  expect(await refusal()).toMatchInlineSnapshot(`
    "The container engine that DOCKER_HOST names does not answer [engine-unreachable]
      expected: an answer from tcp://127.0.0.1:1 within 10 s
      seen:     Cannot connect to the Docker daemon at tcp://127.0.0.1:1
      next:     start it, or unset DOCKER_HOST"
  `)
})

async function client(script: string): Promise<void> {
  const file = join(folder, 'docker')
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
}

async function refusal(): Promise<string> {
  try {
    await ensureEngine(permission)
  } catch (error) {
    return formatError(error)
  }
  throw new Error('it found an engine')
}
