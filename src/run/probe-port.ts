/** Below the ports that kernels give out by themselves, above those that a sidecar listens on. */
const PORTS = { first: 16_000, count: 16_000 }
/**
 * How long it takes until a port comes again, milliseconds. The kernel remembers a connection for 120 s after its end
 * (nf_conntrack_tcp_timeout_time_wait): one from the same port to another port or pod is told apart from it by giving it another end
 * behind the proxy's redirection, under which nobody finds it. The rest is for questions that come in bursts, ahead of the clock.
 */
const ROUND_MS = 200_000

/**
 * Hands out ports for probes that have a connection of their own, in step with the clock, so that a run also keeps clear of those that
 * the runs before it used, without knowing of them.
 */
export function portSequence(): (now?: number) => number {
  let last = 0
  return (now = Date.now()) => {
    last = Math.max(last + 1, Math.floor((now / ROUND_MS) * PORTS.count))
    return PORTS.first + (last % PORTS.count)
  }
}

/** A port for one TCP probe; it comes again after 200 s, sooner only where more than 80 a second are taken for long. */
export const probePort = portSequence()
