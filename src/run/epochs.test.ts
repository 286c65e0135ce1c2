import { describe, expect, it } from 'vitest'
import { Epochs } from './epochs.ts'

let seq = 0
const line = (connection: number, tls: string | null = 'TLSv1.3') => ({ seq: seq++, connection, tls, downstreamLocal: '10.0.0.1:8080' })

describe('the connections of a server', () => {
  it('count when they are newer than the last change of their chains', () => {
    const epochs = new Epochs()
    epochs.advance(
      new Map([
        ['8080 tls', 'a'],
        ['8080 plain', 'a'],
      ]),
      10,
    )
    epochs.advance(
      new Map([
        ['8080 tls', 'b'],
        ['8080 plain', 'a'],
      ]),
      20,
    )
    expect(epochs.stale(line(21))).toBeUndefined()
    expect(epochs.stale(line(15))).toContain('connection 15')
    expect(epochs.stale(line(15))).toContain('connection 15')
    expect(epochs.stale(line(15, null))).toBeUndefined()
  })

  it('are old when their chains are gone altogether', () => {
    const epochs = new Epochs()
    epochs.advance(
      new Map([
        ['8080 tls', 'a'],
        ['8080 plain', 'a'],
      ]),
      10,
    )
    epochs.advance(new Map([['8080 tls', 'b']]), 20)
    expect(epochs.stale(line(15, null))).toContain('connection 15')
  })

  it('from before the run count from their second answer on', () => {
    const epochs = new Epochs()
    epochs.advance(new Map([['8080 tls', 'a']]), 10)
    expect(epochs.stale(line(7))).toBeDefined()
    expect(epochs.stale(line(7))).toBeUndefined()
  })

  it('from before the run are judged by the order in which the proxy answered, not in which it is asked about', () => {
    const epochs = new Epochs()
    epochs.advance(new Map([['8080 tls', 'a']]), 10)
    const [first, second, third] = [line(7), line(7), line(7)]
    expect(epochs.stale(second)).toBeDefined()
    expect(epochs.stale(first)).toBeDefined()
    expect(epochs.stale(third)).toBeUndefined()
  })

  it('that no chain took are of their own moment', () => {
    const epochs = new Epochs()
    epochs.advance(new Map([['8080 tls', 'a']]), Number.POSITIVE_INFINITY)
    expect(epochs.stale(line(0, null))).toBeUndefined()
  })
})
