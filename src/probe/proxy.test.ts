import { expect, it } from 'vitest'
import { readInbound } from './proxy.ts'

const dump = (chains: object[], around: object = {}, extra: object = {}) =>
  JSON.stringify({ configs: [{ name: 'virtualInbound', active_state: { listener: { ...around, filter_chains: chains } }, ...extra }] })
const readChains = (text: string) => readInbound(text).chains
const chain = (transport_protocol: string, name: string) => ({ name, filter_chain_match: { destination_port: 8080, transport_protocol } })

it('tells the chains of a port apart by what a connection brings', () => {
  expect([...readChains(dump([chain('tls', 'a'), chain('raw_buffer', 'a'), { filter_chain_match: {} }])).keys()]).toEqual([
    '8080 tls',
    '8080 plain',
    '* plain',
  ])
})

it('sees a change of one group alone, and of all when the listener around them changes', () => {
  const before = readChains(dump([chain('tls', 'a'), chain('raw_buffer', 'a')]))
  const after = readChains(dump([chain('tls', 'b'), chain('raw_buffer', 'a')]))
  const around = readChains(dump([chain('tls', 'a'), chain('raw_buffer', 'a')], { listener_filters: [] }))
  expect(after.get('8080 plain')).toBe(before.get('8080 plain'))
  expect(after.get('8080 tls')).not.toBe(before.get('8080 tls'))
  expect(around.get('8080 plain')).not.toBe(before.get('8080 plain'))
})

it('passes over chains that are on their way out', () => {
  const draining = { draining_state: { listener: { filter_chains: [chain('tls', 'old')] } } }
  expect(readChains(dump([chain('tls', 'a')], {}, draining))).toEqual(readChains(dump([chain('tls', 'a')])))
})

it('tells that other chains are warming', () => {
  expect(readInbound(dump([chain('tls', 'a')])).warming).toBe(false)
  expect(readInbound(dump([chain('tls', 'a')], {}, { warming_state: { listener: {} } })).warming).toBe(true)
})
