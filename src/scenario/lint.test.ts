import { describe, expect, test } from 'vitest'
import { applying, asking, DENY, lint, policy, SERVED, STRICT, USES_ALL, WORLD } from './lint-part.ts'

test('what all parts build on is sound', () => {
  expect(lint({ steps: USES_ALL })).toEqual([])
  expect(lint({ steps: asking(SERVED) })).toEqual([])
  expect(lint({ steps: applying([STRICT, DENY], SERVED) })).toEqual([])
})

describe('the world', () => {
  test('an app that kind/apps lacks', () => {
    expect(lint({ world: WORLD.replace('tcp-echo]', 'tcp-echo, tcp-ehco]'), steps: USES_ALL })).toMatchInlineSnapshot(`
      [
        "error unknown-app at «tcp-ehco»: there is no app \`tcp-ehco\` in kind/apps | did you mean \`tcp-echo\`?",
        "warning unused at «tcp-ehco»: no cell and no manifest uses \`tcp-ehco.foo\` | leave it out",
      ]
    `)
  })

  test('an app that is there twice', () => {
    expect(lint({ world: WORLD.replace('tcp-echo]', 'tcp-echo, sleep]'), steps: USES_ALL })).toMatchInlineSnapshot(`
      [
        "error duplicate-app at «sleep»: \`sleep\` is there twice",
      ]
    `)
  })

  test('a name that no namespace can have', () => {
    expect(lint({ world: `${WORLD}  Bar_1: { mesh: true, apps: [] }\n`, steps: USES_ALL })).toMatchInlineSnapshot(`
      [
        "error bad-namespace at «Bar_1»: \`Bar_1\` cannot be the name of a namespace | lower-case letters, digits and dashes",
        "warning unused at «Bar_1»: no cell and no manifest uses the namespace \`Bar_1\` | leave it out",
      ]
    `)
  })

  test('a namespace and an app that nothing uses are warned of', () => {
    const world = `${WORLD.replace('legacy: { mesh: false, apps: [', 'legacy: { mesh: false, apps: [tcp-echo, ')}  bar: { mesh: true, apps: [sleep] }\n`
    expect(lint({ world, steps: USES_ALL })).toMatchInlineSnapshot(`
      [
        "warning unused at «tcp-echo»: no cell and no manifest uses \`tcp-echo.legacy\` | leave it out",
        "warning unused at «bar»: no cell and no manifest uses the namespace \`bar\` | leave it out",
      ]
    `)
  })

  test('an app that only a manifest names is used', () => {
    const world = `${WORLD}  bar: { mesh: true, apps: [httpbin] }\n`
    const object = policy('DestinationRule', 'x', 'host: httpbin.bar.svc.cluster.local', 'bar')
    expect(lint({ world, steps: applying([object], SERVED) })).toEqual([])
  })
})

describe('steps', () => {
  test('a scenario without steps', () => {
    expect(lint({ steps: '  []\n' })).toMatchInlineSnapshot(`
      [
        "error no-steps at «[]»: a scenario without steps proves nothing",
      ]
    `)
  })

  test('a step without expect, and one with an empty one', () => {
    expect(lint({ steps: `${USES_ALL}  - step: silent\n  - step: empty\n    expect: []\n` })).toMatchInlineSnapshot(`
      [
        "error no-expect at «step»: a step without \`expect\` proves nothing | say who must reach whom",
        "error no-expect at «expect»: a step without \`expect\` proves nothing | say who must reach whom",
      ]
    `)
  })

  test('a step that changes policy, and no cell looks', () => {
    const table = 'tcp: port\n        table: |\n          from  tcp-echo.foo:9000\n          sleep.foo  -\n'
    expect(
      lint({ steps: `${USES_ALL}  - step: blind\n    apply:\n      - ${STRICT}\n    expect:\n      - ${table}` }),
    ).toMatchInlineSnapshot(`
      [
        "error no-cell at «expect»: this step changes policy, and no cell looks at it",
      ]
    `)
    expect(lint({ steps: `${USES_ALL}  - step: blind\n    expect:\n      - ${table}` })).toMatchInlineSnapshot(`
      [
        "error no-cell at «expect»: no cell of this step asks anything",
      ]
    `)
  })

  test('a warning awaited where nothing is applied', () => {
    expect(lint({ steps: asking(SERVED).replace('under test\n', 'under test\n    warns: beware\n') })).toMatchInlineSnapshot(`
      [
        "error warns-nothing at «warns»: nothing is applied here that could be warned of",
      ]
    `)
  })

  test('a manifest without its namespace', () => {
    expect(lint({ steps: applying([STRICT.replace(', namespace: foo', '')], SERVED) })).toMatchInlineSnapshot(`
      [
        "error missing-key at «metadata»: the key \`namespace\` is missing",
      ]
    `)
  })

  test('a manifest for a namespace that is not in the world', () => {
    expect(lint({ steps: applying([STRICT.replace('namespace: foo', 'namespace: legcay')], SERVED) })).toMatchInlineSnapshot(`
      [
        "error unknown-namespace at «legcay»: \`legcay\` is neither a namespace of this world nor istio-system | did you mean \`legacy\`?",
      ]
    `)
    expect(lint({ steps: applying([STRICT.replace('namespace: foo', 'namespace: istio-system')], SERVED) })).toEqual([])
  })

  test('an object that is applied twice in one step', () => {
    expect(lint({ steps: applying([STRICT, DENY, STRICT], SERVED) })).toMatchInlineSnapshot(`
      [
        "error changed-twice at «{ apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: { name: default, namespace: foo }, spec: { mtls: { mode: STRICT } } }»: PeerAuthentication/default.foo is applied twice in this step | only the last would count: make two steps of it",
      ]
    `)
  })

  test('an object that is deleted twice in one step', () => {
    const again = asking(SERVED)
      .slice(USES_ALL.length)
      .replace('under test\n', 'again\n    delete: [PeerAuthentication/default.foo, PeerAuthentication/default.foo]\n')
    expect(lint({ steps: applying([STRICT], SERVED) + again })).toMatchInlineSnapshot(`
      [
        "error changed-twice at «PeerAuthentication/default.foo»: PeerAuthentication/default.foo is deleted twice in this step",
      ]
    `)
  })

  test('a deletion of what no step before applies', () => {
    const deleting = (key: string) => asking(SERVED).slice(USES_ALL.length).replace('under test\n', `again\n    delete: [${key}]\n`)
    expect(lint({ steps: applying([STRICT], SERVED) + deleting('PeerAuthentication/defualt.foo') })).toMatchInlineSnapshot(`
      [
        "error not-applied at «PeerAuthentication/defualt.foo»: \`PeerAuthentication/defualt.foo\` is not there to delete: no step before applies it | did you mean \`PeerAuthentication/default.foo\`?",
      ]
    `)
    expect(lint({ steps: applying([STRICT], SERVED) + deleting('PeerAuthentication/default.foo').repeat(2) })).toMatchInlineSnapshot(`
      [
        "error not-applied at «PeerAuthentication/default.foo»: \`PeerAuthentication/default.foo\` is not there to delete: no step before applies it",
      ]
    `)
  })

  test('an object that is to be refused is never there to delete', () => {
    const again = asking(SERVED).slice(USES_ALL.length).replace('under test\n', 'again\n    delete: [PeerAuthentication/default.foo]\n')
    expect(lint({ steps: applying([STRICT.replace('spec:', 'refused: no such mode, spec:')], SERVED) + again })).toMatchInlineSnapshot(`
      [
        "error not-applied at «PeerAuthentication/default.foo»: \`PeerAuthentication/default.foo\` is not there to delete: no step before applies it",
      ]
    `)
  })

  test('a kind of two groups needs its group', () => {
    const gateways = ['networking.istio.io/v1', 'gateway.networking.k8s.io/v1'].map(
      (version) => `{ apiVersion: ${version}, kind: Gateway, metadata: { name: web, namespace: foo }, spec: {} }`,
    )
    const deleting = (key: string) => asking(SERVED).slice(USES_ALL.length).replace('under test\n', `again\n    delete: [${key}]\n`)
    expect(lint({ steps: applying(gateways, SERVED) + deleting('Gateway/web.foo') })).toMatchInlineSnapshot(`
      [
        "error bad-object-key at «Gateway/web.foo»: \`Gateway/web.foo\` names objects of several groups | write \`Kind.group/name.namespace\`",
      ]
    `)
    expect(lint({ steps: applying(gateways, SERVED) + deleting('Gateway.networking.istio.io/web.foo') })).toEqual([])
  })
})
