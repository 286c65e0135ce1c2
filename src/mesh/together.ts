/**
 * Runs several works side by side. The first that fails ends the others through their signal;
 * all are over when this settles, so that nothing goes on behind the caller's back.
 */
export async function together<T extends readonly unknown[]>(
  signal: AbortSignal,
  works: { readonly [K in keyof T]: (signal: AbortSignal) => Promise<T[K]> },
): Promise<T> {
  const failing = new AbortController()
  const shared = AbortSignal.any([signal, failing.signal])
  const running = works.map((work) =>
    work(shared).catch((error: unknown) => {
      failing.abort(error)
      throw error
    }),
  )
  await Promise.allSettled(running)
  if (failing.signal.aborted) throw failing.signal.reason
  return (await Promise.all(running)) as unknown as T
}
