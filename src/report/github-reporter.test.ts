import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { mixedRun, tell, textSink } from './example-run.ts'
import { githubReporter } from './github-reporter.ts'

let dir = ''
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'meshproof-github-'))
})
afterEach(() => rm(dir, { recursive: true }))

async function told(env: Record<string, string>): Promise<string> {
  const stream = textSink()
  const reporter = githubReporter({ env, stream })
  tell(reporter, mixedRun())
  await reporter.end?.()
  return stream.text()
}

describe('in a job of GitHub Actions', () => {
  test('the summary is appended to what the step has written', async () => {
    const file = join(dir, 'summary.md')
    await writeFile(file, 'before\n')
    await told({ GITHUB_STEP_SUMMARY: file })
    expect(await readFile(file, 'utf8')).toMatch(/^before\n## ❌ meshproof: not conformant\n/)
  })

  test('the summary leaves room for what the step has written', async () => {
    const file = join(dir, 'summary.md')
    await writeFile(file, 'x'.repeat(999_000))
    await told({ GITHUB_STEP_SUMMARY: file })
    const text = await readFile(file, 'utf8')
    expect(text.slice(-200)).toContain('left out for its size')
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024)
  })

  test('places are linked at the commit, with the path that the repository has', async () => {
    const file = join(dir, 'summary.md')
    const env = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'a/b', GITHUB_SHA: '0123', GITHUB_WORKSPACE: resolve('..') }
    await told({ ...env, GITHUB_STEP_SUMMARY: file })
    const here = resolve('.').split('/').at(-1)
    expect(await readFile(file, 'utf8')).toContain(`(https://github.com/a/b/blob/0123/${here}/scenarios/mtls.yaml#L43)`)
  })

  test('annotations are written to stdout', async () => {
    const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: resolve('.') }
    expect(await told(env)).toMatch(/^::error file=scenarios\/mtls\.yaml,line=43,col=27,title=meshproof%3A not conformant::sleep\.legacy/)
  })

  test('a summary that cannot be written is an error', async () => {
    await expect(told({ GITHUB_STEP_SUMMARY: dir })).rejects.toMatchObject({ code: 'report-not-written' })
  })
})

test('elsewhere nothing is said', async () => {
  expect(await told({})).toBe('')
})
