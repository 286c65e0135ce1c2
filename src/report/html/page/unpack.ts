import type { ScenarioRecord } from '../places.ts'

/** A scenario as it was recorded, unpacked from the page the first time it is asked for. */
export function unpacker(): (place: string) => Promise<ScenarioRecord> {
  const kept = new Map<string, Promise<ScenarioRecord>>()
  return (place) => {
    const known = kept.get(place) ?? unpack(place)
    kept.set(place, known)
    return known
  }
}

async function unpack(place: string): Promise<ScenarioRecord> {
  const packed = document.querySelector(`[data-evidence="${CSS.escape(place)}"]`)?.textContent
  if (!packed) throw new Error(`the page holds no evidence of ${place}`)
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0))
  const text = new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')))
  return (await text.json()) as ScenarioRecord
}
