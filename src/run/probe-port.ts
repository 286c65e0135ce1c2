/** Below the ports that kernels give out by themselves, above those that a sidecar listens on. */
const PORTS = { first: 16_000, count: 16_000 }
/**
 * How long the kernel remembers a connection that is over, milliseconds (nf_conntrack_tcp_timeout_time_wait). One from the same port to
 * another port of the same pod is told apart from it by giving it another end behind the proxy's redirection, under which nobody finds it.
 */
const REMEMBERED_MS = 120_000

/**
 * Hands out ports for probes that have a connection of their own, in step with the clock: all ports pass in the time that they are
 * remembered for. Thus a run also keeps clear of those that the runs before it used, without knowing of them.
 */
export function portSequence(): (now?: number) => number {
  let last = 0
  return (now = Date.now()) => {
    last = Math.max(last + 1, Math.floor((now / REMEMBERED_MS) * PORTS.count))
    return PORTS.first + (last % PORTS.count)
  }
}

/** A port for one TCP probe; the same comes again after two minutes, sooner only where more than 133 a second are taken. */
export const probePort = portSequence()
