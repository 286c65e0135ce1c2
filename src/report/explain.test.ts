import { describe, expect, test } from 'vitest'
import { formatError } from '../error.ts'
import { mixedRun } from './example-run.ts'
import { explainLines, findCells } from './explain.ts'
import { createLook } from './look.ts'
import { toRecord } from './record.ts'

const record = toRecord(mixedRun())
const look = createLook({ colour: false, unicode: true })

function ids(place: string): string[] {
  return findCells(record, place).map(({ cell }) => cell.id)
}

function refusal(place: string): string {
  try {
    findCells(record, place)
  } catch (error) {
    return formatError(error)
  }
  return 'not refused'
}

describe('explaining a line of a scenario', () => {
  test('finds it by id, by path and by file name', () => {
    expect(['mtls:43', 'scenarios/mtls.yaml:43', './scenarios/mtls.yaml:43', 'mtls.yaml:43'].map(ids)).toEqual(Array(4).fill(['s2.c3']))
  })

  test('takes all cells of a step at its first line, and all that are red without a line', () => {
    expect([ids('mtls:30'), ids('mtls')]).toEqual([
      ['s2.c1', 's2.c2', 's2.c3', 's2.c4'],
      ['s2.c3', 's2.c4'],
    ])
  })

  test('says what was declared, seen and decided, the attempts, how to ask again, and what the logs say', () => {
    const lines = findCells(record, 'mtls:43').flatMap((placed) => explainLines(placed, look))
    expect(`\n${lines.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      ✗ sleep.legacy → httpbin.foo:8000 GET /ip was declared reset plain by strict, but 200 plain was seen 3 times in 812 ms (after one stale answer), with nothing refusing it [wrong-outcome] (scenarios/mtls.yaml:43:27)
          step       2. foo accepts mutual TLS only (Mutual TLS, one namespace at a time)
          changed    apply PeerAuthentication/default.foo
          asked      #1 400 ms after the change, stale 200 plain: connection 12 is older than the change
          asked      #2 to #4 800 ms to 1.6 s after the change, 200 plain
          again      kubectl exec -n legacy deploy/sleep -- curl -sS -H 'x-meshproof: mp-4' http://httpbin.foo:8000/ip
          wire       TLS application data both ways
          server log {"token":"mp-4","response_code":200,"response_code_details":"via_upstream"}
      "
    `)
  })

  test('names the reason of an attempt that established nothing', () => {
    const lines = findCells(record, 'mtls:44').flatMap((placed) => explainLines(placed, look))
    expect(lines.filter((line) => line.includes('asked'))).toMatchInlineSnapshot(`
      [
        "    asked      #1 to #2 400 ms to 800 ms after the change, 200 plain",
        "    asked      #3 1.2 s after the change, no answer [probe-timeout]: no answer in 5 s",
        "    asked      #4 1.6 s after the change, reset plain by strict",
      ]
    `)
  })

  test('counts from the beginning of a step that changed nothing', () => {
    const lines = findCells(record, 'mtls:31').flatMap((placed) => explainLines(placed, look))
    expect(lines).toContain('    asked      #1 to #3 400 ms to 1.2 s after the step began, 200 mtls')
  })

  test('leaves out what a log line leaves empty', () => {
    const [placed] = findCells(record, 'mtls:43')
    const [last] = placed?.cell.attempts.slice(-1) ?? []
    if (!placed || !last) throw new Error('the example has an attempt')
    const cell = { ...placed.cell, attempts: [{ ...last, serverLog: { code: 200, tls: null } }] }
    expect(explainLines({ ...placed, cell }, look).at(-1)).toBe('    server log {"code":200}')
  })

  test('refuses what the record does not hold', () => {
    expect(`\n${refusal('mtls:99')}\n${refusal('other:1')}\n`).toMatchInlineSnapshot(`
      "
      line 99 of scenarios/mtls.yaml held no cell and began no step in this run, which knows 6 cells of it [no-such-cell]
        next:     try mtls:44, mtls:43, mtls:42
      the record of run 20261124-093000-k3v9 holds no scenario other [not-in-record]
        expected: one of mtls
        next:     meshproof run other
      "
    `)
  })
})
