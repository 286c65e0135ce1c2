import { expect, it } from 'vitest'
import { readInbound } from './proxy.ts'

const dump = (chains: object[], around: object = {}, extra: object = {}) =>
  JSON.stringify({ configs: [{ name: 'virtualInbound', active_state: { listener: { ...around, filter_chains: chains } }, ...extra }] })
const readChains = (text: string) => readInbound(text, 'sidecar').chains
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
  expect(readInbound(dump([chain('tls', 'a')]), 'sidecar').warming).toBe(false)
  expect(readInbound(dump([chain('tls', 'a')], {}, { warming_state: { listener: {} } }), 'sidecar').warming).toBe(true)
})

it("takes a gateway's listener as a whole, whatever a connection brings", () => {
  const listener = (port: number, chains: object[]) => ({
    active_state: { listener: { address: { socket_address: { port_value: port } }, filter_chains: chains } },
  })
  const gateway = (...listeners: object[]) => readInbound(JSON.stringify({ configs: listeners }), 'gateway').chains
  const before = gateway(listener(80, [{ filters: ['a'] }]), listener(443, [{ filters: ['b'] }]))
  const after = gateway(listener(80, [{ filters: ['c'] }]), listener(443, [{ filters: ['b'] }]))
  expect([...before.keys()]).toEqual(['80 tls', '80 plain', '443 tls', '443 plain'])
  expect([...before.keys()].filter((key) => before.get(key) !== after.get(key))).toEqual(['80 tls', '80 plain'])
  expect(gateway().size).toBe(0)
})
