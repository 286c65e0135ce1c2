import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EXIT, formatError, MeshproofError } from '../error.ts'
import { mixedRun } from './example-run.ts'
import { readRecord, toRecord, writeRecord } from './record.ts'

let dir = ''
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'meshproof-record-'))
})
afterEach(() => rm(dir, { recursive: true }))

async function refusal(text: string): Promise<string> {
  const file = join(dir, 'report.json')
  await writeFile(file, text)
  const error = await readRecord(file).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(MeshproofError)
  expect(error).toHaveProperty('exit', EXIT.usage)
  return `\n${formatError(error)
    .replaceAll(dir, '')
    .replace(/because: .*/, 'because:  (in the words of this Node)')}\n`
}

describe('a record', () => {
  test('comes back from its file as it was, every attempt of every cell', async () => {
    const result = mixedRun()
    const read = await readRecord(await writeRecord(result, join(dir, 'made', 'on the way')))
    expect(read).toEqual(toRecord(result))
    const attempts = read.scenarios.flatMap((one) => one.steps.flatMap((step) => step.cells.map((cell) => cell.attempts.length)))
    expect(attempts).toEqual([3, 3, 3, 3, 4, 4])
  })

  test('has declared and observed as data and in the notation of the tables', () => {
    const cell = toRecord(mixedRun()).scenarios[0]?.steps[1]?.cells[2]
    expect({ where: cell?.where, declared: cell?.declared, observed: cell?.observed }).toMatchInlineSnapshot(`
      {
        "declared": {
          "by": {
            "kind": "strict",
          },
          "lacks": undefined,
          "outcome": "reset",
          "sees": [],
          "text": "reset plain by strict",
          "wire": "plain",
        },
        "observed": {
          "missing": undefined,
          "outcome": "200",
          "text": "200 plain",
          "unwanted": undefined,
          "wire": "plain",
        },
        "where": {
          "column": 27,
          "file": "scenarios/mtls.yaml",
          "line": 43,
        },
      }
    `)
  })

  test('names mesh and image source, and keeps out the scenario text and the path of the kubeconfig', async () => {
    const text = await readFile(await writeRecord(mixedRun(), dir), 'utf8')
    expect(JSON.parse(text).mesh).toMatchInlineSnapshot(`
      {
        "cluster": "meshproof",
        "context": "kind-meshproof",
        "imageSource": "build",
        "images": [
          {
            "id": "sha256:0123",
            "reference": "docker.io/istio/proxyv2:1.31.1",
          },
        ],
        "istio": "1.31.1",
        "kubernetes": "v1.34.4",
        "proxyBuild": "upstream Envoy 1.39.3 with pilot-agent 1.31",
      }
    `)
    expect(text).not.toContain('scenario: Mutual TLS')
    expect(text).not.toContain('.kube')
  })

  test('leaves no part of itself beside the file', async () => {
    await writeRecord(mixedRun(), dir)
    expect(await readdir(dir)).toEqual(['report.json'])
  })

  test('that was cut is refused', async () => {
    const text = JSON.stringify(toRecord(mixedRun()))
    expect(await refusal(text.slice(0, 300))).toMatchInlineSnapshot(`
      "
      /report.json holds no whole JSON; it was cut or is no record [record-truncated]
        seen:     300 characters that end in "with pilot-agent 1.31\\",\\"kubernetes\\":\\"v1."
        because:  (in the words of this Node)
        next:     name a report.json that a run has written
      "
    `)
  })

  test('of another program or version is refused', async () => {
    expect(await refusal('{"numTotalTests": 3}')).toMatchInlineSnapshot(`
      "
      /report.json is not a record of this meshproof [record-foreign]
        expected: a record of version 1
        seen:     no version
        next:     name a report.json that a run has written
      "
    `)
    expect(await refusal('{"version": 2, "scenarios": []}')).toMatchInlineSnapshot(`
      "
      /report.json is not a record of this meshproof [record-foreign]
        expected: a record of version 1
        seen:     version 2
        next:     name a report.json that a run has written
      "
    `)
  })

  test('with a field that is not what it must be is refused, with the field', async () => {
    const damaged = JSON.stringify(toRecord(mixedRun())).replace('"verdict":"fail"', '"verdict":"maybe"')
    expect(await refusal(damaged)).toMatchInlineSnapshot(`
      "
      /report.json is a record, but not a sound one [record-damaged]
        seen:     verdict: Invalid option: expected one of "pass"|"fail"|"inconclusive"
        next:     name a report.json that a run has written
      "
    `)
  })

  test('that is not there is refused', async () => {
    await expect(readRecord(join(dir, 'none.json'))).rejects.toMatchObject({ code: 'record-missing', exit: EXIT.usage })
  })

  test('that cannot be written says so', async () => {
    await writeFile(join(dir, 'file'), '')
    await expect(writeRecord(mixedRun(), join(dir, 'file'))).rejects.toMatchObject({ code: 'report-not-written' })
  })
})
