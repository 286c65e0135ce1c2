import { expect, test } from 'vitest'
import type { CellRecord } from '../record-schema.ts'
import { richRecord } from './example-record.ts'
import { layOutMesh } from './mesh-layout.ts'
import { renderPicture } from './mesh-picture.ts'

const [scenario] = richRecord().scenarios
const [, busy] = scenario?.steps ?? []
if (!scenario || !busy) throw new Error('the example has a busy step')

function linesOf(cells: readonly CellRecord[]): (string | undefined)[] {
  const { text } = renderPicture(scenario as NonNullable<typeof scenario>, {
    ...(busy as NonNullable<typeof busy>),
    cells: [...cells],
  }) ?? { text: '' }
  return [...text.matchAll(/<g class="edge ([^"]+)"/g)].map(([, classes]) => classes)
}

function withAnswer(cell: CellRecord | undefined, observed: CellRecord['observed']): CellRecord {
  if (!cell) throw new Error('the example has cells')
  return { ...cell, observed }
}

test('every end stands in the band of its namespace, those who ask at the left', () => {
  const { bands } = layOutMesh(busy.cells)
  expect(
    bands.map(({ name, sources, destinations }) => [name, sources.map((one) => one.label), destinations.map((one) => one.label)]),
  ).toEqual([
    ['foo', ['sleep', 'sleep/istio-proxy'], ['httpbin:8000', 'pod tcp-echo:9002']],
    ['legacy', ['sleep'], []],
    ['istio-system', [], ['ingress:80 → httpbin']],
    ['outside', [], ['https://example.com:443']],
    ['bar', ['sleep'], []],
  ])
})

test('bands follow each other without overlap and hold their ends', () => {
  const { bands, height } = layOutMesh(busy.cells)
  for (const [index, band] of bands.entries()) {
    const next = bands[index + 1]
    expect(band.y + band.height).toBeLessThanOrEqual(next ? next.y : height)
    for (const node of [...band.sources, ...band.destinations]) {
      expect(node.y - 13).toBeGreaterThan(band.y)
      expect(node.y + 13).toBeLessThan(band.y + band.height)
    }
  }
})

test('a line says by its kind whether somebody was served, and what the wire carried', () => {
  const [cell] = busy.cells
  expect(
    [
      withAnswer(cell, { text: '200 mtls', outcome: '200', wire: 'mtls' }),
      withAnswer(cell, { text: 'echo plain', outcome: 'echo', wire: 'plain' }),
      withAnswer(cell, { text: '503', outcome: '503' }),
      withAnswer(cell, { text: 'tls-failed', outcome: 'tls-failed', wire: 'tls-failed' }),
      withAnswer(cell, undefined),
    ].map((one) => linesOf([one])[0]),
  ).toEqual(['served mtls', 'served plain', 'refused unsaid', 'refused tls-failed', 'unknown unsaid'])
})

test('cells of one pair are one line while their answers are the same, and lines of their own when not', () => {
  const [cell] = busy.cells
  const same = [cell, cell, cell].map((one) => withAnswer(one, { text: '200 mtls', outcome: '200', wire: 'mtls' }))
  expect(linesOf(same)).toEqual(['served mtls'])
  expect(linesOf([...same, withAnswer(cell, { text: '403 mtls', outcome: '403', wire: 'mtls' })])).toEqual(['served mtls', 'refused mtls'])
})

test('a red line is told by a sign and by its words, not by colour alone', () => {
  const { text } = renderPicture(scenario, busy) ?? { text: '' }
  expect([...text.matchAll(/<use class="sign (\w+)"/g)].map(([, verdict]) => verdict)).toEqual(['fail', 'fail', 'inconclusive'])
  expect(text).toContain('sleep.foo/istio-proxy → pod/tcp-echo.foo:9002 tcp port: 200 plain, declared 403 mtls by deny-get.foo')
  expect(text).toContain('5 namespaces (foo, legacy, istio-system, outside, bar): 2 served, 2 refused, 1 not established.')
})
