import type { WantedNamespace } from './world.ts'

/** What `up` makes, so that most scenarios find their world ready. */
export const DEFAULT_WORLD: readonly WantedNamespace[] = [
  { name: 'foo', mesh: true, apps: ['sleep', 'httpbin', 'tcp-echo'] },
  { name: 'bar', mesh: true, apps: ['sleep', 'httpbin'] },
  { name: 'legacy', mesh: false, apps: ['sleep', 'httpbin'] },
]
