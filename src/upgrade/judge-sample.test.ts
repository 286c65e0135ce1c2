import { describe, expect, it } from 'vitest'
import { readLogLine } from '../probe/access-log.ts'
import type { Declared } from '../scenario/model.ts'
import { judgeSample } from './judge-sample.ts'
import type { Sample } from './prober-line.ts'
import { readStandingSet } from './standing-set.ts'

const set = await readStandingSet()

function pairOf(declared: Omit<Declared, 'sees'>) {
  const found = set.pairs.find(({ cell }) => JSON.stringify({ ...cell.declared, sees: undefined }) === JSON.stringify(declared))
  if (!found) throw new Error(`the standing set has no ${JSON.stringify(declared)}`)
  return found
}

const ALLOWED = pairOf({ outcome: '200', wire: 'mtls' })
const NO_ALLOW = pairOf({ outcome: '403', wire: 'mtls', by: { kind: 'no-allow' } })
const STRICT = pairOf({ outcome: 'reset', wire: 'plain', by: { kind: 'strict' } })

function sample(outcome: string): Sample {
  return { prober: 'p', n: 1, pair: 'x', lane: 'fresh', at: 0, ms: 1, outcome, port: 1 }
}

function line(overrides: Record<string, unknown>) {
  const common = { token: 't', connection: 7, start: '', code: 200, details: 'via_upstream', flags: '-', termination: null }
  return readLogLine(JSON.stringify({ ...common, ...overrides }), 0)
}

const ENCRYPTED = { tls: 'TLSv1.3', peer: 'spiffe://cluster.local/ns/b/sa/prober' }

describe('an allowed pair', () => {
  it('holds when it is served, encrypted by both ends own word', () => {
    expect(judgeSample(ALLOWED, { sample: sample('200'), server: line(ENCRYPTED) }).kind).toBe('held')
  })

  it('is plain when the server proxy saw no TLS', () => {
    expect(judgeSample(ALLOWED, { sample: sample('200'), server: line({ tls: null, peer: null }) }).kind).toBe('plain')
  })

  it('is plain when the TLS had no client of the mesh', () => {
    expect(judgeSample(ALLOWED, { sample: sample('200'), server: line({ tls: 'TLSv1.3', peer: null }) }).kind).toBe('plain')
  })

  it.each(['503', '403', 'reset', 'timeout', 'connect-refused', 'foreign'])('is lost with %s, whoever says why', (outcome) => {
    expect(judgeSample(ALLOWED, { sample: sample(outcome) })).toMatchObject({ kind: 'lost', worded: false })
  })

  it('carries the reason of its loss', () => {
    const client = line({ code: 503, details: 'upstream_reset_before_response_started{connection_termination}', flags: 'UC' })
    expect(judgeSample(ALLOWED, { sample: sample('503'), client }).reason).toMatchInlineSnapshot(
      `"client 503 upstream_reset_before_response_started{connection_termination} UC"`,
    )
  })
})

describe('a denied pair', () => {
  it('is opened when it is served, whatever any proxy says', () => {
    for (const server of [undefined, line(ENCRYPTED), line({ code: 403, details: 'rbac_access_denied_matched_policy[none]' })])
      expect(judgeSample(NO_ALLOW, { sample: sample('200'), server }).kind).toBe('opened')
  })

  it('holds when it is refused by the declared decision', () => {
    const server = line({ code: 403, details: 'rbac_access_denied_matched_policy[none]', ...ENCRYPTED })
    expect(judgeSample(NO_ALLOW, { sample: sample('403'), server }).kind).toBe('held')
    const cut = line({ token: null, connection: 0, code: 0, details: 'filter_chain_not_found', flags: 'NR' })
    expect(judgeSample(STRICT, { sample: sample('reset'), server: cut }).kind).toBe('held')
  })

  it('tells when another policy refused it', () => {
    const server = line({ code: 403, details: 'rbac_access_denied_matched_policy[ns[a]-policy[other]-rule[0]]' })
    expect(judgeSample(NO_ALLOW, { sample: sample('403'), server })).toMatchObject({ kind: 'decider', seen: '403 by other.a' })
  })

  it('is unexplained when it is refused and nobody says why', () => {
    expect(judgeSample(NO_ALLOW, { sample: sample('403') }).kind).toBe('unexplained')
  })

  it.each(['timeout', 'connect-refused', '503'])('is only down with %s: nothing was decided', (outcome) => {
    expect(judgeSample(NO_ALLOW, { sample: sample(outcome) }).kind).toBe('down')
  })
})
