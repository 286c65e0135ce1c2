/** Below the ports that kernels give out by themselves, so that nobody else's connection has one of these. */
const PORTS = { first: 21_000, count: 10_000 }
/**
 * How long the kernel remembers a connection that is over, milliseconds (nf_conntrack_tcp_timeout_time_wait). One from the same port to
 * another port of the same pod is told apart from it by giving it another end behind the proxy's redirection, under which nobody finds it.
 */
const REMEMBERED_MS = 120_000
// Runs go round all ports in that time, so that one begins where those before it have not been for so long.
let nextPort = Math.floor(((Date.now() % REMEMBERED_MS) / REMEMBERED_MS) * PORTS.count)

/** A port for one TCP probe, unique among the last ten thousand. */
export function probePort(): number {
  nextPort = (nextPort + 1) % PORTS.count
  return PORTS.first + nextPort
}
