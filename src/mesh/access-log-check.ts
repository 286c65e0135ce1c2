import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import type { Check } from './check.ts'
import { KIND_FOLDER } from './kind-folder.ts'

/** What of an Istio mesh config matters here. */
interface MeshConfig {
  readonly accessLogFile?: string
  readonly accessLogEncoding?: string
  readonly accessLogFormat?: string
  readonly defaultConfig?: { readonly fileFlushInterval?: string }
}

/** A refusal waits twice this long for its line; slower logs make runs slow, not wrong. */
const FLUSH_WITHIN_S = 0.1

/** The access log's keys and Envoy operators that the joins rely on, from our own Helm values. */
export async function wantedFormat(): Promise<Readonly<Record<string, string>>> {
  const values = parse(await readFile(`${KIND_FOLDER}values/istiod.yaml`, 'utf8')) as { meshConfig: { accessLogFormat: string } }
  return JSON.parse(values.meshConfig.accessLogFormat)
}

/** Pure: judges a mesh config (the YAML in Istio's ConfigMap) against what the joins need. */
export function judgeAccessLog(meshYaml: string, wanted: Readonly<Record<string, string>>): Omit<Check, 'title'> {
  const mesh = (parse(meshYaml) ?? {}) as MeshConfig
  const next = 'take meshConfig.accessLog… and defaultConfig.fileFlushInterval from kind/values/istiod.yaml, then restart the pods'
  if (mesh.accessLogFile !== '/dev/stdout') {
    return { state: 'warn', seen: `accessLogFile is ${mesh.accessLogFile || 'not set'}: who decided cannot be proven`, next }
  }
  if (mesh.accessLogEncoding !== 'JSON') {
    return { state: 'warn', seen: `the encoding is ${mesh.accessLogEncoding ?? 'TEXT'}, not JSON: who decided cannot be proven`, next }
  }
  const format = readFormat(mesh.accessLogFormat)
  const lacking = Object.keys(wanted).filter((key) => !sameOperator(format[key], wanted[key]))
  if (lacking.length > 0) {
    return { state: 'warn', seen: `the format lacks ${lacking.join(', ')}: who decided cannot be proven`, next }
  }
  const flush = Number.parseFloat(mesh.defaultConfig?.fileFlushInterval ?? '1s')
  if (flush > FLUSH_WITHIN_S) return { state: 'warn', seen: `complete, but flushed every ${flush} s: probes wait for their lines`, next }
  return { state: 'ok', seen: `JSON with ${Object.keys(wanted).length} keys, flushed every ${flush} s` }
}

/** Any notation of the start time will do. */
function sameOperator(given: unknown, wanted: string | undefined): boolean {
  return given === wanted || (typeof given === 'string' && wanted?.startsWith('%START_TIME(') === true && given.startsWith('%START_TIME'))
}

function readFormat(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const format: unknown = JSON.parse(text ?? '{}')
    return typeof format === 'object' && format !== null ? (format as Record<string, unknown>) : {}
  } catch {
    // A text format under the encoding JSON: Istio falls back to its own keys, so all of ours are lacking.
    return {}
  }
}
