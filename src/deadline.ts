/** Keeps each inner signal alive for as long as the outer one is. */
const inner = new WeakMap<AbortSignal, AbortController>()

/**
 * A signal that aborts with another one, or with a TimeoutError after so many milliseconds; its timer keeps no process alive.
 * In place of `AbortSignal.any([signal, AbortSignal.timeout(ms)])`, which may never abort: only weak references lead to the
 * inner signal, and once it is collected its timer is gone too. See https://github.com/nodejs/node/issues/57736.
 */
export function withDeadline(signal: AbortSignal, ms: number): AbortSignal {
  const late = new AbortController()
  setTimeout(() => late.abort(new DOMException(`not within ${ms / 1000} s`, 'TimeoutError')), Math.ceil(ms)).unref()
  const either = AbortSignal.any([signal, late.signal])
  inner.set(either, late)
  return either
}
