import { describe, expect, it } from 'vitest'
import { parseScenario } from './parse.ts'

const LINES = ['1.30', '1.31']

function scenario({ file = '', step = '', item = '' }) {
  return `scenario: gates
story: What is for which version.
${file}world:
  foo: { mesh: true, apps: [sleep, httpbin] }
steps:
  - step: everyone is served
${step}    expect:
      - http: GET /ip
${item}        table: |
          from        httpbin.foo:8000
          sleep.foo   200 mtls
`
}

function read(parts: Parameters<typeof scenario>[0]) {
  const surroundings = { apps: ['sleep', 'httpbin'], services: {}, lines: LINES }
  const { scenario: read, problems } = parseScenario('gates.yaml', scenario(parts), surroundings)
  const said = problems.map(({ severity, code, message, where }) => `${severity} ${code} at ${where.line}:${where.column}: ${message}`)
  return { cell: read?.steps[0]?.cells[0], step: read?.steps[0], said }
}

describe('version gates', () => {
  it('add up from the scenario over the step to the cell', () => {
    const { cell, step, said } = read({
      file: 'when: { istio: ">=1.30" }\n',
      step: '    when: { control-plane: ">=1.31" }\n',
      item: '        when: { client: "1.31" }\n',
    })
    expect(said).toEqual([])
    expect(step?.when?.map(({ of, range }) => `${of} ${range}`)).toEqual(['istio >=1.30', 'control-plane >=1.31'])
    expect(cell?.when?.map(({ of, range }) => `${of} ${range}`)).toEqual(['istio >=1.30', 'control-plane >=1.31', 'client 1.31'])
  })

  it('leave no trace where there are none', () => {
    expect(read({}).cell).not.toHaveProperty('when')
  })

  it('part the declarations for one version from those for another', () => {
    const again =
      '      - http: GET /ip\n        when: { istio: "<1.31" }\n        table: |\n          from        httpbin.foo:8000\n          sleep.foo   200 plain\n'
    const surroundings = { apps: ['sleep', 'httpbin'], services: {}, lines: LINES }
    const codes = (text: string) => parseScenario('gates.yaml', text, surroundings).problems.map(({ code }) => code)
    expect(codes(scenario({ item: '        when: { istio: ">=1.31" }\n' }) + again)).toEqual([])
    expect(codes(scenario({ item: '        when: { istio: "<1.31" }\n' }) + again)).toEqual(['duplicate-cell'])
  })

  it('must hold for some version that is pinned', () => {
    expect(read({ item: '        when: { istio: ">=1.32" }\n' }).said).toMatchInlineSnapshot(`
      [
        "error gate-never at 9:24: \`>=1.32\` holds for no version that is pinned, so that this is never asked",
      ]
    `)
  })

  it('must hold together with those above them', () => {
    expect(read({ file: 'when: { istio: "<1.31" }\n', item: '        when: { istio: ">=1.31" }\n' }).said).toMatchInlineSnapshot(`
      [
        "error gate-never at 10:24: \`>=1.31\`, together with \`<1.31\` above it, holds for no version that is pinned, so that this is never asked",
      ]
    `)
  })

  it('are told from one another and written as ranges', () => {
    expect(read({ step: '    when: { istoi: ">=1.31" }\n' }).said).toMatchInlineSnapshot(`
      [
        "error unknown-key at 7:13: unknown key \`istoi\`",
      ]
    `)
    expect(read({ step: '    when: { istio: newest }\n' }).said).toMatchInlineSnapshot(`
      [
        "error wrong-value at 7:20: not a range of versions: write \`>=1.31\`, \`<1.31\` or \`>=1.30 <1.32\`",
      ]
    `)
    expect(read({ step: '    when: { istio: 1.31 }\n' }).said).toMatchInlineSnapshot(`
      [
        "error wrong-type at 7:20: text is needed, not a number",
      ]
    `)
  })
})
