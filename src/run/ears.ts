import { MeshproofError } from '../error.ts'
import type { PodView } from '../kube/get.ts'
import type { Cell } from '../scenario/model.ts'
import type { Ends } from './ends.ts'
import { control } from './observe.ts'
import { hasProxy, type Stage } from './stage.ts'

interface Ears {
  readonly stage: Stage
  readonly runId: string
  readonly cells: readonly Cell[]
  /** By the cell's id; a cell without ends is left out. */
  readonly ends: ReadonlyMap<string, Ends>
  /** Ports to capture at each server, by the pod's uid. */
  readonly ports: ReadonlyMap<string, readonly number[]>
}

const CONTROL_MS = 3_000

/**
 * Opens every session, log and capture before the first question; each capture must read a plain-text token on each of its ports.
 * What is open already is only looked at again.
 * @throws MeshproofError `capture-blind`; those of sessions, logs and captures.
 */
export async function openEars({ stage, runId, cells, ends, ports }: Ears): Promise<void> {
  const captured = new Map<string, PodView>()
  const opening: Promise<unknown>[] = []
  for (const cell of cells) {
    const end = ends.get(cell.id)
    if (!end) continue
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
