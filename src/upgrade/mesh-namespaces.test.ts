import { expect, it } from 'vitest'
import { orderOf } from './mesh-namespaces.ts'

function asking(...namespaces: string[]) {
  const cells = namespaces.map((namespace) => ({ to: { kind: 'service', namespace } }))
  return [{ steps: [{ cells }] }] as never
}

it('the namespace that is asked most goes first, the others by what they are asked', () => {
  expect(orderOf(['bar', 'baz', 'foo'], asking('foo', 'baz', 'foo'))).toEqual({
    first: 'foo',
    others: ['baz', 'bar'],
  })
})

it('a mesh that nobody asks in has an order all the same', () => {
  expect(orderOf(['b', 'a'], [])).toEqual({ first: 'a', others: ['b'] })
})

it('a mesh without namespaces has none that could go first', () => {
  expect(orderOf([], [])).toEqual({ first: '', others: [] })
})
