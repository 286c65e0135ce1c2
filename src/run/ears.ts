import { MeshproofError } from '../error.ts'
import type { PodView } from '../kube/get.ts'
import type { Cell } from '../scenario/model.ts'
import type { Ends } from './ends.ts'
import { control } from './observe.ts'
import { hasProxy, type Stage } from './stage.ts'

/** A cell with the pods that play in it. */
export interface Play {
  readonly cell: Cell
  readonly ends: Ends
}

interface Ears {
  readonly stage: Stage
  readonly runId: string
  readonly plays: readonly Play[]
  /** Ports to capture at each server, by the pod's uid. */
  readonly ports: ReadonlyMap<string, readonly number[]>
}

/** A bound, not an expectation: at its start a run opens everything at once, on a machine that may be busy. */
const CONTROL_MS = 10_000

/**
 * Opens every session, log and capture before the first question; each capture must read a plain-text token on each of its ports.
 * What is open already is only looked at again.
 * @throws MeshproofError `capture-blind`; those of sessions, logs and captures.
 */
export async function openEars({ stage, runId, plays, ports }: Ears): Promise<void> {
  const captured = new Map<string, PodView>()
  const opening: Promise<unknown>[] = []
  for (const { cell, ends: end } of plays) {
    if (cell.from.kind === undefined)
      opening.push(stage.session({ namespace: end.source.namespace, pod: end.source.name, container: end.container }))
    if (end.viaProxy) opening.push(stage.log(end.source))
    if (end.gateway) opening.push(stage.log(end.gateway.pod))
    for (const { pod } of end.through) if (hasProxy(pod)) opening.push(stage.log(pod))
    for (const { pod } of end.servers) {
      if (hasProxy(pod)) opening.push(stage.log(pod))
      if (cell.declared.wire) captured.set(pod.uid, pod)
    }
  }
  const listening = [...captured.values()].map(async (pod) => {
    const capture = await stage.capture(pod, ports.get(pod.uid) ?? [])
    await Promise.all(
      (ports.get(pod.uid) ?? []).map(async (port) => {
        const { token } = await control({ stage, runId, pod, port })
        if (await capture.sawText(token, CONTROL_MS, stage.signal)) return
        throw new MeshproofError({
          code: 'capture-blind',
          message: `the capture in ${pod.name}.${pod.namespace} did not read a token that was sent to port ${port} in plain text`,
          seen: capture.fault() ?? 'no such packet',
          next: 'meshproof doctor',
        })
      }),
    )
  })
  await Promise.all([...opening, ...listening])
}
