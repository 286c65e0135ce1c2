import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withLock } from './lock.ts'

const signal = new AbortController().signal
let folder = ''
let file = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshproof-lock-test-'))
  file = join(folder, 'thing.lock')
})

afterEach(() => rm(folder, { recursive: true }))

test('work under one lock never overlaps, and the lock is gone at the end', async () => {
  let inside = 0
  let most = 0
  const work = async () => {
    inside += 1
    most = Math.max(most, inside)
    await new Promise((resolve) => setImmediate(resolve))
    inside -= 1
  }
  await Promise.all([1, 2, 3].map(() => withLock({ file, signal }, work)))
  expect(most).toBe(1)
  expect(await readdir(folder)).toEqual([])
})

test('the lock is let go when the work fails', async () => {
  await expect(withLock({ file, signal }, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  await expect(access(file)).rejects.toThrow('ENOENT')
})

test('the lock of a process that is gone is taken over, by one of several', async () => {
  const gone = spawn('true')
  await once(gone, 'exit')
  await writeFile(file, JSON.stringify({ id: 'x', host: hostname(), pid: gone.pid, start: '1' }))
  const order: string[] = []
  const work = (name: string) => async () => {
    order.push(`${name} in`)
    await new Promise((resolve) => setImmediate(resolve))
    order.push(`${name} out`)
  }
  await Promise.all([withLock({ file, signal }, work('a')), withLock({ file, signal }, work('b'))])
  expect(order).toHaveLength(4)
  expect(order[1]).toBe(order[0]?.replace('in', 'out'))
})

test('a process that got the number of a dead holder does not keep its lock alive', async () => {
  await writeFile(file, JSON.stringify({ id: 'x', host: hostname(), pid: process.pid, start: 'another time' }))
  expect(await withLock({ file, signal }, async () => 'done')).toBe('done')
})

test('a holder on another machine is waited for while it gives signs of life, and named', async () => {
  await writeFile(file, JSON.stringify({ id: 'x', host: 'elsewhere', pid: 1, start: '1' }))
  const told: string[] = []
  const work = withLock({ file, signal, deadlineMs: 600, onWait: (holder) => told.push(holder) }, async () => 'done')
  await expect(work).rejects.toThrowError(expect.objectContaining({ code: 'lock-held', seen: 'held by process 1 on elsewhere' }))
  expect(told).toEqual(['process 1 on elsewhere'])
})

test('a holder on another machine that has been silent for long is taken over from', async () => {
  await writeFile(file, JSON.stringify({ id: 'x', host: 'elsewhere', pid: 1, start: '1' }))
  const longAgo = new Date(Date.now() - 120_000)
  await utimes(file, longAgo, longAgo)
  expect(await withLock({ file, signal }, async () => 'done')).toBe('done')
})

test('who was taken over from does not remove the lock of its successor', async () => {
  const successor = JSON.stringify({ id: 'y', host: 'elsewhere', pid: 1, start: '1' })
  await withLock({ file, signal }, () => writeFile(file, successor))
  expect(await readFile(file, 'utf8')).toBe(successor)
})
