import { expect, test } from 'vitest'
import { formatError } from '../../error.ts'
import { command } from './command.ts'

const signal = new AbortController().signal
const said = { signal, purpose: 'build the thing', next: 'try again' }

test('what a command wrote to stdout comes back', async () => {
  expect(await command('sh', ['-c', 'cat; echo aside >&2'], { ...said, input: 'hello' })).toBe('hello')
})

test('a failure shows the last lines of both streams and what to do', async () => {
  const script = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do echo line $i; done; echo the reason >&2; exit 3'
  expect(await failureOf('sh', ['-c', script, 'a', 'b'])).toMatchInlineSnapshot(`
    "Could not build the thing: \`sh -c for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do echo line $i; done; echo the reason >&2; exit 3 a …\` ended with 3 [command-failed]
      seen:     line 3
                line 4
                line 5
                line 6
                line 7
                line 8
                line 9
                line 10
                line 11
                line 12
                line 13
                the reason
      next:     try again"
  `)
})

test('a program that is not there is named', async () => {
  expect(await failureOf('meshproof-no-such-program', [])).toMatchInlineSnapshot(`
    "Could not build the thing: there is no \`meshproof-no-such-program\` on the PATH [command-missing]
      because:  spawn meshproof-no-such-program ENOENT
      next:     install meshproof-no-such-program and run the same command again"
  `)
})

test('a command that does not end in time is ended', async () => {
  expect(await failureOf('sleep', ['60'], 50)).toMatchInlineSnapshot(`
    "Could not build the thing: \`sleep 60\` did not end in time [command-failed]
      seen:     no output
      next:     try again"
  `)
})

test('an interruption is passed on as it is', async () => {
  const interrupted = new AbortController()
  const running = command('sleep', ['60'], { ...said, signal: interrupted.signal })
  interrupted.abort(new Error('interrupted'))
  await expect(running).rejects.toThrow('interrupted')
})

async function failureOf(file: string, args: readonly string[], deadlineMs = 10_000): Promise<string> {
  try {
    await command(file, args, { ...said, deadlineMs })
  } catch (error) {
    return formatError(error)
  }
  throw new Error('it succeeded')
}
