import { expect, test } from 'vitest'
import { Reassembly } from './reassembly.ts'

const TEXT = 'GET /ip HTTP/1.1 x-token: mp-abc-1 and so on until the end'

test('segments in any order, repeated and overlapping, give the bytes once and in order', () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = generator(seed)
    // Close to the end of the sequence numbers, so that most runs wrap.
    const { output, stream, seq } = started(4_294_967_290 + Math.floor(random() * 6))
    const pieces = Array.from({ length: 40 }, () => {
      const start = Math.floor(random() * TEXT.length)
      return { start, end: Math.min(TEXT.length, start + 1 + Math.floor(random() * 9)) }
    })
    for (let start = 0; start < TEXT.length; start += 5) pieces.push({ start, end: Math.min(TEXT.length, start + 5) })
    pieces.sort(() => random() - 0.5)
    for (const { start, end } of pieces) stream.segment(seq + start, Buffer.from(TEXT.slice(start, end)), end - start, 0)
    expect(output.join(''), `seed ${seed}`).toBe(TEXT)
    expect(stream.hole).toBe(0)
  }
})

test('a hole holds back what follows until it fills', () => {
  const { output, stream, seq } = started(100)
  stream.segment(seq + 3, Buffer.from('def'), 3, 0)
  expect(output.join('')).toBe('')
  expect(stream.hole).toBe(3)
  stream.segment(seq, Buffer.from('abc'), 3, 0)
  expect(output.join('')).toBe('abcdef')
  expect(stream.hole).toBe(0)
})

test('a hole that the other side acknowledged was never captured', () => {
  const { output, stream, seq } = started(100)
  stream.segment(seq + 3, Buffer.from('def'), 3, 0)
  stream.acknowledged(seq + 6, 1)
  expect(output).toEqual(['<3 missing>', 'def'])
})

test('an acknowledgement beyond the last captured byte tells of missing ones, but a FIN is none', () => {
  const { output, stream, seq } = started(100)
  stream.segment(seq, Buffer.from('abc'), 3, 0)
  stream.fin(seq + 3)
  stream.acknowledged(seq + 4, 1)
  expect(output).toEqual(['abc'])
  const other = started(100)
  other.stream.segment(other.seq, Buffer.from('abc'), 3, 0)
  other.stream.acknowledged(other.seq + 5, 1)
  expect(other.output).toEqual(['abc', '<2 missing>'])
})

test('what the snapshot length cut off is missing', () => {
  const { output, stream, seq } = started(100)
  stream.segment(seq, Buffer.from('abc'), 10, 0)
  stream.segment(seq + 10, Buffer.from('xyz'), 3, 0)
  expect(output).toEqual(['abc', '<7 missing>', 'xyz'])
})

test('a keep-alive before the first payload opens no hole', () => {
  const { sink, output } = collector()
  const stream = new Reassembly(sink)
  stream.segment(99, Buffer.alloc(0), 0, 0)
  stream.segment(100, Buffer.from('abc'), 3, 0)
  expect(output).toEqual(['abc'])
  expect(stream.hole).toBe(0)
})

test('a hole that never fills costs a bounded amount of memory', () => {
  const { output, stream, seq } = started(100)
  const big = Buffer.alloc(1000, 'x')
  for (let i = 0; i < 300; i += 1) stream.segment(seq + 1 + i * 1000, big, 1000, 0)
  expect(output[0]).toBe('<1 missing>')
  expect(output.slice(1).join('')).toHaveLength(300_000)
})

function started(syn: number) {
  const { sink, output } = collector()
  const stream = new Reassembly(sink)
  stream.begin(syn)
  return { output, stream, seq: syn + 1 }
}

function collector() {
  const output: string[] = []
  const sink = {
    bytes: (chunk: Buffer) => void output.push(chunk.toString()),
    gap: (size: number) => void output.push(`<${size} missing>`),
    stray: () => {},
  }
  return { sink, output }
}

/** A small linear congruential generator: the same numbers at every run. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
