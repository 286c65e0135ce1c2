import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { hostname } from 'node:os'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatError } from '../error.ts'
import { type FakeApiServer, startFakeApiServer } from './fake-api-server.ts'
import { type Holder, readHolder, stateOf, thisHolder, writeHolder } from './holder.ts'
import { acquireLease, type HeldLease, type LeaseObject } from './lease.ts'
import { keepRenewed } from './lease-renewal.ts'

const PATH = '/apis/coordination.k8s.io/v1/namespaces/meshproof/leases/meshproof-run'
const HOME = '/api/v1/namespaces/meshproof'
const { signal } = new AbortController()
/** Far faster than in earnest, in the same proportion. */
const FAST = { renewMs: 50, againMs: 10, giveUpMs: 150 }

let server: FakeApiServer
const held: Pick<HeldLease, 'release'>[] = []
beforeEach(async () => {
  server = await startFakeApiServer()
})
afterEach(async () => {
  for (const lease of held.splice(0)) await lease.release()
  await server.close()
})

async function acquire(runId: string): Promise<HeldLease> {
  const lease = await acquireLease(server.cluster, { runId, signal })
  held.push(lease)
  return lease
}
const identity = (): Holder | undefined => readHolder((server.objects.get(PATH) as LeaseObject | undefined)?.spec?.holderIdentity ?? '')
const busyText = (runId: string): Promise<string> => acquire(runId).then(() => 'acquired', formatError)

/** A Lease as another holder wrote it, so many seconds ago by the API server's clock. */
function heldBy(holder: Holder, secondsAgo: number): void {
  const time = new Date(Date.now() - secondsAgo * 1000).toISOString()
  const metadata = { name: 'meshproof-run', namespace: 'meshproof', managedFields: [{ time }] }
  // The holder's own clock is a day ahead: it must not count.
  const renewTime = new Date(Date.now() + 86_400_000).toISOString()
  server.objects.put(HOME, { metadata: { name: 'meshproof' } })
  server.objects.put(PATH, { metadata, spec: { holderIdentity: writeHolder(holder), renewTime } })
}

test('the first run makes the namespace and the Lease, with our labels', async () => {
  const lease = await acquire('run-1')
  expect(lease.takenFrom).toBeUndefined()
  expect(server.objects.get(HOME)?.metadata.labels).toEqual({ 'meshproof.dev/owner': 'meshproof' })
  expect(server.objects.get(PATH)?.metadata.labels).toEqual({ 'meshproof.dev/owner': 'meshproof' })
  expect(identity()).toMatchObject({ host: hostname(), pid: process.pid, run: 'run-1' })
})

test('a second run is told who holds the cluster', async () => {
  await acquire('run-1')
  const text = await busyText('run-2')
  expect(
    text
      .replaceAll(String(process.pid), 'PID')
      .replaceAll(hostname(), 'HOST')
      .replace(/renewed \d+ s/, 'renewed N s'),
  ).toMatchInlineSnapshot(`
    "another run holds the cluster fake [cluster-busy]
      seen:     run run-1, process PID on HOST, renewed N s ago
      next:     wait for it, or end it: kill PID"
  `)
})

test('a released cluster is free at once, and nothing of the lease is left', async () => {
  const lease = await acquireLease(server.cluster, { runId: 'run-1', signal })
  await lease.release()
  expect(server.objects.get(PATH)).toBeUndefined()
  expect((await acquire('run-2')).takenFrom).toBeUndefined()
})

test('a killed process on this machine is taken over at once', async () => {
  const child = spawn('sleep', ['60'])
  await once(child, 'spawn')
  const victim = { ...(await thisHolder('victim')), pid: child.pid ?? 0 }
  expect(await stateOf(victim)).toBe('dead')
  const started = await startedOf(child.pid ?? 0)
  heldBy({ ...victim, started }, 1)
  expect(await busyText('run-2')).toContain('run victim')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect((await acquire('run-2')).takenFrom).toMatchObject({ run: 'victim', pid: child.pid })
  expect(identity()?.run).toBe('run-2')
})

test('a later process with the same number is not the holder', async () => {
  const me = await thisHolder('earlier')
  heldBy({ ...me, started: '1' }, 1)
  expect((await acquire('run-2')).takenFrom).toMatchObject({ run: 'earlier' })
})

test("another machine's holder is trusted for 20 s by the server's clock, then taken over", async () => {
  const elsewhere = { host: 'elsewhere', boot: 'b', pid: 7, started: '9', run: 'far' }
  heldBy(elsewhere, 15)
  expect((await busyText('run-2')).replace(/renewed 1\d s/, 'renewed N s')).toMatchInlineSnapshot(`
    "another run holds the cluster fake [cluster-busy]
      seen:     run far, process 7 on elsewhere, renewed N s ago
      next:     wait for it; if it is dead, the cluster is free 20 s after it last renewed"
  `)
  heldBy(elsewhere, 25)
  expect((await acquire('run-2')).takenFrom).toEqual(elsewhere)
})

test('another boot under the same host name may be another machine: it is not taken over at once', async () => {
  // On this boot such a process would be known to be dead: only the boot tells that it may live elsewhere.
  heldBy({ ...(await thisHolder('twin')), started: '1', boot: 'another boot' }, 1)
  expect(await busyText('run-2')).toContain('[cluster-busy]')
})

test('a holder that is none of ours is respected like another machine', async () => {
  const metadata = { name: 'meshproof-run', namespace: 'meshproof', managedFields: [{ time: new Date().toISOString() }] }
  server.objects.put(PATH, { metadata, spec: { holderIdentity: 'somebody' } })
  expect(await busyText('run-2')).toContain('on somebody')
})

test('of two that take over together one gets it', async () => {
  heldBy({ host: 'elsewhere', boot: 'b', pid: 7, started: '9', run: 'far' }, 60)
  const ends = await Promise.allSettled([acquire('run-1'), acquire('run-2'), acquire('run-3')])
  expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected'])
})

test('a held lease is renewed again and again', async () => {
  const lease = keepRenewed(server.cluster, PATH, await leaseInPlace(), FAST)
  const first = renewTime()
  await expect.poll(() => server.seen.filter((asked) => asked.startsWith('PUT')).length).toBeGreaterThan(3)
  expect(renewTime()).not.toBe(first)
  expect(lease.lost.aborted).toBe(false)
  await lease.release()
  expect(server.objects.get(PATH)).toBeUndefined()
})

test('a renewal that fails for a while does no harm', async () => {
  const lease = keepRenewed(server.cluster, PATH, await leaseInPlace(), FAST)
  server.next('PUT', 'cut', { status: 500, message: 'etcd is slow' }, 'cut')
  await expect.poll(() => server.seen.filter((asked) => asked.startsWith('PUT')).length).toBeGreaterThan(5)
  expect(lease.lost.aborted).toBe(false)
  await lease.release()
})

test('a lease that somebody else wrote is lost, and the release leaves it to them', async () => {
  const lease = keepRenewed(server.cluster, PATH, await leaseInPlace(), FAST)
  heldBy({ host: 'elsewhere', boot: 'b', pid: 7, started: '9', run: 'far' }, 0)
  await expect.poll(() => lease.lost.aborted).toBe(true)
  expect(formatError(lease.lost.reason)).toMatchInlineSnapshot(`
    "the lease of the cluster fake is lost [lease-lost]
      seen:     somebody else wrote it"
  `)
  await lease.release()
  expect(identity()?.run).toBe('far')
})

test('a release after a takeover that we never noticed leaves the Lease to the new holder', async () => {
  const lease = await acquireLease(server.cluster, { runId: 'run-1', signal })
  heldBy({ host: 'elsewhere', boot: 'b', pid: 7, started: '9', run: 'far' }, 0)
  await lease.release()
  expect(identity()?.run).toBe('far')
})

test('a lease that cannot be renewed is lost before others may take it', async () => {
  const lease = keepRenewed(server.cluster, PATH, await leaseInPlace(), FAST)
  server.next('PUT', ...Array.from({ length: 200 }, () => 'cut' as const))
  await expect.poll(() => lease.lost.aborted).toBe(true)
  expect(lease.lost.reason).toMatchObject({ code: 'lease-lost', seen: 'not renewed for 0.15 s' })
})

async function leaseInPlace(): Promise<LeaseObject> {
  const lease = await acquireLease(server.cluster, { runId: 'run-1', signal })
  const object = server.objects.get(PATH) as LeaseObject
  await lease.release()
  server.objects.put(PATH, object)
  return server.objects.get(PATH) as LeaseObject
}

function renewTime(): string | undefined {
  return (server.objects.get(PATH) as LeaseObject).spec?.renewTime
}

/** The start of another process in our notation, by way of the holder it would be. */
async function startedOf(pid: number): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}
