import { describe, expect, it } from 'vitest'
import type { LogLine } from '../probe/access-log.ts'
import type { Reading } from '../probe/question.ts'
import type { Outcome } from '../scenario/model.ts'
import { evaluate } from './evaluate.ts'

const line = (facts: Partial<LogLine>): LogLine => ({
  seq: 0,
  token: null,
  start: '',
  method: null,
  code: 0,
  details: null,
  flags: null,
  termination: null,
  connection: 1,
  directRemote: null,
  downstreamLocal: null,
  upstreamLocal: null,
  upstreamHost: null,
  upstreamCluster: null,
  upstreamFailure: null,
  downstreamFailure: null,
  filterChain: null,
  sni: null,
  tls: null,
  peer: null,
  attempts: null,
  ...facts,
})

const question = { kind: 'http', method: 'GET', path: '/', headers: {} } as const
const says = (outcome: Outcome): Reading => ({ kind: 'outcome', outcome })

function fateOf(outcome: Outcome, server?: LogLine, { serverHasProxy = true, wire = false } = {}) {
  const declared = { outcome, sees: [], ...(wire ? { wire: 'mtls' as const } : {}) }
  const { seen, fate } = evaluate({
    cell: { question, declared },
    reading: says(outcome),
    words: { server },
    serverHasProxy,
    clientHasProxy: false,
  })
  return { by: seen?.by, fate: fate.kind === 'void' ? fate.cause.code : fate.kind }
}

describe('one probe', () => {
  it('is no refusal while the server gave no reason for it', () => {
    expect(fateOf('403').fate).toBe('unexplained-refusal')
    expect(fateOf('closed', line({})).fate).toBe('unexplained-refusal')
    expect(fateOf('503', line({ code: 200, details: 'via_upstream' })).fate).toBe('unexplained-refusal')
    expect(fateOf('reset', undefined, { serverHasProxy: false }).fate).toBe('unexplained-refusal')
  })

  it('is refused by whom the server names', () => {
    const denied = line({ code: 403, details: 'rbac_access_denied_matched_policy[ns[foo]-policy[deny-get]-rule[0]]' })
    expect(fateOf('403', denied)).toEqual({ by: { kind: 'policy', namespace: 'foo', name: 'deny-get' }, fate: 'counted' })
    expect(fateOf('closed', line({ termination: 'rbac_access_denied_matched_policy[none]' }))).toEqual({
      by: { kind: 'no-allow' },
      fate: 'counted',
    })
    expect(fateOf('reset', line({ details: 'filter_chain_not_found' }))).toEqual({ by: { kind: 'strict' }, fate: 'counted' })
    expect(fateOf('404', line({ code: 404, details: 'via_upstream' }))).toEqual({ by: { kind: 'app' }, fate: 'counted' })
  })

  it('is not served by its own word alone', () => {
    expect(fateOf('200', line({ code: 200, details: 'via_upstream' })).fate).toBe('counted')
    expect(fateOf('200').fate).toBe('no-server-word')
    expect(fateOf('200', line({ code: 403, details: 'rbac_access_denied_matched_policy[none]' })).fate).toBe('contradiction')
    expect(fateOf('200', line({ code: 503, details: 'via_upstream' })).fate).toBe('contradiction')
  })

  it('ends where two ends cannot agree on TLS, in the words of either proxy', () => {
    const client = line({
      code: 503,
      flags: 'UF',
      upstreamFailure: 'TLS_error:|268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER',
    })
    const by = (outcome: Outcome, words: { client?: LogLine; server?: LogLine }, serverHasProxy: boolean) => {
      const cell = { question, declared: { outcome, sees: [] } }
      const { seen, fate } = evaluate({ cell, reading: says(outcome), words, serverHasProxy, clientHasProxy: true })
      return seen?.by?.kind ?? fate
    }
    expect(by('503', { client }, false)).toBe('tls-mismatch')
    expect(by('503', { client, server: line({ code: 400, details: 'http1.codec_error' }) }, true)).toBe('tls-mismatch')
    expect(by('tls-failed', { server: line({ downstreamFailure: 'TLS_error: PEER_DID_NOT_RETURN_A_CERTIFICATE' }) }, true)).toBe(
      'tls-mismatch',
    )
    expect(by('403', { client }, true)).toMatchObject({ kind: 'void' })
    expect(by('503', { client: line({ code: 503, flags: 'UF', upstreamFailure: 'delayed_connect_error' }) }, false)).toMatchObject({
      kind: 'void',
    })
  })

  it("is the server's own answer where the proxies cannot read it, once they tell of its connection", () => {
    const ask = (client?: LogLine) => {
      const common = { reading: says('403'), serverHasProxy: false, clientHasProxy: true, opaque: true }
      return evaluate({ cell: { question, declared: { outcome: '403', sees: [] } }, words: { client }, ...common })
    }
    expect(ask(line({ code: 0 })).seen?.by).toEqual({ kind: 'app' })
    expect(ask().fate).toMatchObject({ kind: 'void', cause: { code: 'unexplained-refusal' } })
  })

  it('counts for nothing while a declared wire was not read', () => {
    expect(fateOf('200', line({ code: 200, details: 'via_upstream' }), { wire: true }).fate).toBe('wire-unknown')
  })

  it('needs no wire where the outcome is another than the declared one', () => {
    const cell = { question, declared: { outcome: '200', wire: 'plain', sees: [] } } as const
    const denied = line({ code: 403, details: 'rbac_access_denied_matched_policy[none]' })
    const common = { cell, serverHasProxy: true, clientHasProxy: false, words: { server: denied } }
    expect(evaluate({ ...common, reading: says('403'), wire: { wire: 'unknown', evidence: '' } }).fate).toEqual({ kind: 'counted' })
    expect(evaluate({ ...common, reading: says('403'), words: {} }).fate).toMatchObject({ kind: 'void' })
  })

  it('tells which texts the answer lacks and which it holds against the declaration', () => {
    const cell = { question, declared: { outcome: '200', sees: ['a', 'b'], lacks: ['c', 'd'] } } as const
    const words = { server: line({ code: 200, details: 'via_upstream' }) }
    const common = { reading: says('200'), words, serverHasProxy: true, clientHasProxy: false }
    expect(evaluate({ cell, ...common, body: 'a c' }).seen).toEqual({ outcome: '200', missing: ['b'], unwanted: ['c'] })
    expect(evaluate({ cell, ...common, body: 'a b' }).seen).toEqual({ outcome: '200' })
  })

  it('is past the proxy only while that has no word on it, and then nobody but the app refuses', () => {
    const pastIt = (outcome: Outcome, server?: LogLine) =>
      evaluate({
        cell: { question, declared: { outcome, sees: [] } },
        reading: says(outcome),
        words: { server },
        serverHasProxy: true,
        clientHasProxy: false,
        past: true,
      })
    expect(pastIt('200')).toEqual({ seen: { outcome: '200' }, fate: { kind: 'counted' } })
    expect(pastIt('404')).toEqual({ seen: { outcome: '404', by: { kind: 'app' } }, fate: { kind: 'counted' } })
    expect(pastIt('200', line({ code: 200, details: 'via_upstream' })).fate).toMatchObject({ cause: { code: 'not-past-the-proxy' } })
    expect(pastIt('reset').fate).toMatchObject({ cause: { code: 'unexplained-refusal' } })
  })
})
