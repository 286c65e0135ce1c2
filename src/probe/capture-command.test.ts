import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { waitFor } from '../wait.ts'
import { BEAT, captureCommand, QUIT } from './capture-command.ts'

/** In tcpdump's place: says what it was called with, counts when asked, and ends as tcpdump does. */
const STAND_IN = `#!/bin/sh
trap 'echo "0 packets dropped by kernel" >&2' USR1
trap 'echo ended >&2; exit 0' TERM
printf '%s\\n' "$*" >&2
echo "listening on $$" >&2
while :; do sleep 0.05; done`

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capture-'))
  program('tcpdump', STAND_IN)
  // So that the command takes itself for root and leaves sudo alone.
  program('id', '#!/bin/sh\necho 0')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the shell in the pod', () => {
  test('calls tcpdump unbuffered, whole packets, on the ports', async () => {
    const { pod, heard } = await start()
    expect(heard().split('\n')[0]).toMatchInlineSnapshot(
      `"-n -U --immediate-mode -s 0 -B 16384 -w - -i eth7 tcp and (port 8080 or port 9000)"`,
    )
    pod.stdin.write(QUIT)
    await pod
  })

  test('asks for the counts at each beat, and ends tcpdump when told to', async () => {
    const { pod, until } = await start()
    for (let beats = 1; beats <= 3; beats += 1) {
      pod.stdin.write(BEAT)
      await until((text) => text.split('dropped by kernel').length > beats)
    }
    pod.stdin.write(QUIT)
    expect(await pod).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/ended$/) })
  })

  test('ends tcpdump with its stdin', async () => {
    const { pod } = await start()
    pod.stdin.end()
    expect(await pod).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/ended$/) })
  })

  test('ends tcpdump when the beats stop while the link seems open', async () => {
    const begun = performance.now()
    const { pod } = await start(1)
    expect(await pod).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/ended$/) })
    expect(performance.now() - begun).toBeGreaterThan(900)
  })

  test('kills a tcpdump that does not want to end', async () => {
    program('tcpdump', STAND_IN.replace("'echo ended >&2; exit 0'", "''"))
    const { pod } = await start()
    pod.stdin.write(QUIT)
    expect(await pod).toMatchObject({ exitCode: 137 })
  })

  test("ends at once with tcpdump's own failure", async () => {
    program('tcpdump', '#!/bin/sh\necho "tcpdump: eth7: No such device exists" >&2\nexit 1')
    const pod = run()
    expect(await pod).toMatchObject({ exitCode: 1, stderr: 'tcpdump: eth7: No such device exists' })
  })

  test('has waited for all that it started when it ends', async () => {
    const { pod, pid } = await start()
    // What the stand-in itself started it leaves, as tcpdump would not.
    const own = (await childrenOf(pod.pid ?? 0)).filter((child) => child !== pid)
    const all = [...own, ...(await Promise.all(own.map(childrenOf))).flat()]
    expect(all.length).toBeGreaterThanOrEqual(2)
    pod.stdin.write(QUIT)
    await pod
    expect([pid, ...all].filter(isAlive)).toEqual([])
  })
})

describe('what an earlier run left', () => {
  test('a tcpdump of ours without its shell is ended, one with its shell and a foreign one are not', async () => {
    const orphaned = await start()
    const held = await start()
    const foreign = execa(join(folder, 'tcpdump'), [], { reject: false })
    const marked = execa('sleep', ['30'], { env: { MESHPROOF_CAPTURE: '1' }, reject: false })
    const shell = orphaned.pod.pid ?? 0
    const watch = (await childrenOf(shell)).filter((child) => child !== orphaned.pid)
    for (const one of [shell, ...watch]) process.kill(one, 'SIGKILL')
    await gone(shell)
    expect(isAlive(orphaned.pid)).toBe(true)

    const next = await start()
    await gone(orphaned.pid)
    for (const pid of [held.pid, foreign.pid, marked.pid, next.pid]) expect(isAlive(pid ?? 0)).toBe(true)

    foreign.kill()
    marked.kill()
    for (const { pod } of [held, next]) pod.stdin.end()
    await Promise.all([orphaned.pod, held.pod, next.pod, foreign, marked])
  })
})

function program(name: string, text: string): void {
  writeFileSync(join(folder, name), text)
  chmodSync(join(folder, name), 0o755)
}

function run(silenceS = 30) {
  const [shell = '', ...args] = captureCommand({ device: 'eth7', ports: [8080, 9000], silenceS })
  return execa(shell, args, { env: { PATH: `${folder}:${process.env['PATH']}` }, reject: false, stdin: 'pipe' })
}

/** Runs it until its tcpdump listens. */
async function start(silenceS?: number) {
  const pod = run(silenceS)
  let text = ''
  pod.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  const until = (check: (text: string) => boolean) =>
    waitFor({
      what: 'words of tcpdump',
      deadlineMs: 10_000,
      everyMs: 10,
      signal: new AbortController().signal,
      look: async () => (check(text) ? { done: true } : { seen: text }),
    })
  await until((heard) => heard.includes('listening on'))
  return { pod, until, heard: () => text, pid: Number(/listening on (\d+)/.exec(text)?.[1]) }
}

async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await execa('ps', ['-o', 'pid=', '--ppid', String(pid)], { reject: false })
  return stdout.split('\n').filter(Boolean).map(Number)
}

/** A zombie that nobody reaps is not alive. */
function isAlive(pid: number): boolean {
  const stat = `/proc/${pid}/stat`
  return existsSync(stat) && !readFileSync(stat, 'utf8').includes(') Z ')
}

async function gone(pid: number): Promise<void> {
  await waitFor({
    what: `the end of ${pid}`,
    deadlineMs: 5_000,
    everyMs: 20,
    signal: new AbortController().signal,
    look: async () => (isAlive(pid) ? { seen: 'still there' } : { done: true }),
  })
}
