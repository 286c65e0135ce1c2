import type { PodRef } from '../kube/cluster.ts'

/** One end of a TCP connection as a proxy logs it: `10.244.0.9:41832`. */
export type Address = string

/** What one flow carried, judged from its reassembled bytes of one window of time. */
export interface FlowView {
  readonly client: Address
  readonly server: Address
  /** Whether SYN was captured: the connection began inside the capture. */
  readonly fromStart: boolean
  /** Payload bytes in the window. */
  readonly clientBytes: number
  readonly serverBytes: number
  /** Bytes sent in the window that the capture does not have; while there are any, nothing absent is proven absent. */
  readonly missingBytes: number
  /** TLS application data records that began or went on in the window, each way. */
  readonly appDataFromClient: boolean
  readonly appDataFromServer: boolean
  /** First bytes are a TLS record. */
  readonly tls: boolean
  /** A TLS alert went either way in clear, or the connection ended before any application data. */
  readonly handshakeFailed: boolean
  /** From the ClientHello, where the capture has it. */
  readonly hello?: { readonly sni?: string; readonly alpn: readonly string[] }
  /** `1.2`, `1.3`: from the ServerHello, where the capture has it. */
  readonly version?: string
  /** The first alert in clear that is more than a good-bye: `fatal 42`, as RFC 8446 section 6 numbers them. */
  readonly alert?: string
  /** How the connection ended so far. */
  readonly end?: 'fin' | 'rst'
  /** The window's first bytes each way, at most 64, for evidence. */
  readonly firstBytes: { readonly client: Buffer; readonly server: Buffer }
}

/** A running tcpdump on one pod. Times are the capture's own packet times, in epoch milliseconds (fractions kept). */
export interface Capture {
  readonly pod: PodRef
  /** Settles when tcpdump said that it listens; rejects with MeshproofError `capture-failed`. */
  readonly listening: Promise<void>
  /**
   * Waits until `text` (at most 256 bytes) was readable in some packet's payload. False when the deadline passes, and at once when
   * the process ends. Here and below a probe's token is compared whole: `mp-1` is not readable where `mp-12` is.
   */
  sawText(text: string, deadlineMs: number, signal: AbortSignal): Promise<boolean>
  /**
   * The newest connection of these two ends. Undefined when no packet of it was captured. `since` bounds the window: a time of
   * the pod's own clock, such as its proxy logs, less some milliseconds, for a packet is captured before the proxy reads it.
   */
  flow(client: Address, server: Address, since?: number): FlowView | undefined
  /** Flows (any) in which the text is readable. */
  flowsWith(text: string): readonly FlowView[]
  /** Whether the text is readable anywhere in the capture; texts that are no tokens are looked for in each flow's last 256 KiB. */
  readable(text: string): boolean
  /** Undefined while all is well; else why this capture proves nothing (`died: …`, `12 packets dropped`). */
  fault(): string | undefined
  /** Asks tcpdump how many packets it lost, so that `fault()` is of this moment. False when it did not answer in time. */
  askDrops(deadlineMs: number, signal: AbortSignal): Promise<boolean>
  /** The pcap bytes of one flow (file header included), at most `limit` bytes, for evidence. */
  pcap(client: Address, server: Address, limit: number): Buffer
  /** Ends tcpdump in the pod (not only the link) and waits for it. Reads dropped packets from its last words. */
  stop(): Promise<void>
}
