import { expect, test } from 'vitest'
import { lintPart } from './lint-part.ts'
import { parseScenario } from './parse.ts'

const EXPECT = "    expect:\n      - { http: GET /, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 }\n"
const PROVIDER = '{ name: mine, envoyExtAuthzGrpc: { service: authz.foo.svc.cluster.local, port: 9000 } }'
const changed = `    mesh: { extensionProviders: [${PROVIDER}] }\n${EXPECT}`

test('a step may change the mesh, and a later one bring the original back', () => {
  expect(lintPart(`${changed}  - step: back again\n    mesh: original\n${EXPECT}`)).toEqual([])
  const { scenario } = parseScenario(
    'mesh.yaml',
    `scenario: a\nstory: b\nworld:\n  foo: { mesh: true, apps: [sleep, httpbin] }\nsteps:\n  - step: c\n${changed}`,
  )
  expect(scenario?.steps[0]?.mesh).toMatchInlineSnapshot(`
    {
      "kind": "merge",
      "values": {
        "extensionProviders": [
          {
            "envoyExtAuthzGrpc": {
              "port": 9000,
              "service": "authz.foo.svc.cluster.local",
            },
            "name": "mine",
          },
        ],
      },
      "where": {
        "column": 5,
        "file": "mesh.yaml",
        "line": 7,
      },
      "yaml": "extensionProviders:
      - name: mine
        envoyExtAuthzGrpc:
          service: authz.foo.svc.cluster.local
          port: 9000
    ",
    }
  `)
})

test('there must be something to bring back', () => {
  expect(lintPart(`    mesh: original\n${EXPECT}`)).toMatchInlineSnapshot(`
    [
      "error nothing-to-restore at «original»: the mesh has its original configuration: no step before changes it | leave it out",
    ]
  `)
  const twice = `${changed}  - step: back\n    mesh: original\n${EXPECT}  - step: once more\n    mesh: original\n${EXPECT}`
  expect(lintPart(twice)).toMatchInlineSnapshot(`
    [
      "error nothing-to-restore at «original»: the mesh has its original configuration: no step before changes it | leave it out",
    ]
  `)
})

test('a change must be a map that changes something', () => {
  expect(lintPart(`    mesh: {}\n${EXPECT}`)).toMatchInlineSnapshot(`
    [
      "error changes-nothing at «mesh»: this changes nothing in the mesh | leave it out",
    ]
  `)
  expect(lintPart(`    mesh: orignal\n${EXPECT}`)).toMatchInlineSnapshot(`
    [
      "error wrong-value at «orignal»: \`orignal\` is not known here | did you mean \`original\`?",
    ]
  `)
})

test('what the run stands on stays, and slips in names are found', () => {
  expect(lintPart(`    mesh: { accessLogFile: '', extensionProvider: [], somethingNew: 1 }\n${EXPECT}`)).toMatchInlineSnapshot(`
    [
      "error reserved-key at «accessLogFile»: \`accessLogFile\` cannot be changed: the run reads the access log | leave it out",
      "error unknown-key at «extensionProvider»: MeshConfig has no key \`extensionProvider\` | did you mean \`extensionProviders\`?",
    ]
  `)
})

test('a provider without a name cannot be asked for', () => {
  expect(lintPart(`    mesh: { extensionProviders: [{ envoyExtAuthzGrpc: {} }] }\n${EXPECT}`)).toMatchInlineSnapshot(`
    [
      "error missing-key at «{ envoyExtAuthzGrpc: {} }»: an extension provider needs a \`name\` | policies ask for it by its name",
    ]
  `)
})

test('a step that changes the mesh and asks nothing proves nothing', () => {
  expect(
    lintPart(
      '    mesh: { enableAutoMtls: false }\n    expect:\n      - http: GET /\n        table: |\n          from       httpbin.foo:8000\n          sleep.foo  -\n',
    ),
  ).toMatchInlineSnapshot(`
    [
      "error no-cell at «expect»: this step changes policy, and no cell looks at it",
    ]
  `)
})
