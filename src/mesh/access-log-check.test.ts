import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { judgeAccessLog, wantedFormat } from './access-log-check.ts'
import { KIND_FOLDER } from './kind-folder.ts'

const own = (parse(await readFile(`${KIND_FOLDER}values/istiod.yaml`, 'utf8')) as { meshConfig: Record<string, unknown> }).meshConfig
const wanted = await wantedFormat()
const judge = (change: Record<string, unknown>) => judgeAccessLog(stringify({ ...own, ...change }), wanted)
const format = (change: Record<string, unknown>) => ({ accessLogFormat: JSON.stringify({ ...wanted, ...change }) })

test('our own Helm values pass, and say how fast a line comes', () => {
  expect(judge({})).toEqual({ state: 'ok', seen: 'JSON with 30 keys, flushed every 0.05 s' })
})

test.each([
  ['no access log', { accessLogFile: '' }, 'accessLogFile is not set: who decided cannot be proven'],
  ['a text log', { accessLogEncoding: 'TEXT' }, 'the encoding is TEXT, not JSON: who decided cannot be proven'],
  ['a text format under JSON', { accessLogFormat: '[%START_TIME%] %RESPONSE_CODE%' }, /^the format lacks token, start, method/],
  ['a missing key', format({ token: undefined }), 'the format lacks token: who decided cannot be proven'],
  ['a key with another operator', format({ code: '%GRPC_STATUS%' }), 'the format lacks code: who decided cannot be proven'],
  ['a log that Envoy keeps for a second', { defaultConfig: {} }, 'complete, but flushed every 1 s: probes wait for their lines'],
])('%s is a warning that names what cannot be proven', (_, change, seen) => {
  const judged = judge(change)
  expect(judged.state).toBe('warn')
  expect(judged.seen).toMatch(seen)
})

test('a start time in Envoy’s own notation is as good as ours', () => {
  expect(judge(format({ start: '%START_TIME%' })).state).toBe('ok')
})

test('a mesh config that is empty is a warning, not a crash', () => {
  expect(judgeAccessLog('', wanted).state).toBe('warn')
})
