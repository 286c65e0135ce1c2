import { describe, expect, test } from 'vitest'
import type { Surroundings } from './draft.ts'
import { parseScenario } from './parse.ts'

/** The problems of a scenario in which all is well but for the given parts, as `line-text carets: code, message, remedy`. */
function lint({ world = WORLD, steps, surroundings }: { world?: string; steps: string; surroundings?: Surroundings }): string[] {
  const text = `scenario: A part\nstory: All is well but for one part.\nworld:\n${world}steps:\n${steps}`
  return parseScenario('part.yaml', text, surroundings).problems.map(({ severity, code, message, where, length, sourceLine, next }) => {
    const meant = sourceLine.slice(where.column - 1, where.column - 1 + length)
    return [`${severity} ${code} at «${meant}»: ${message}`, next].filter(Boolean).join(' | ')
  })
}

const WORLD = `  foo: { mesh: true, apps: [sleep, httpbin, tcp-echo] }
  legacy: { mesh: false, apps: [sleep, httpbin] }
`
/** Uses all of the world, so that only the part under test complains. */
const USES_ALL = `  - step: all are used
    expect:
      - tcp: port
        table: |
          from           tcp-echo.foo:9000
          sleep.foo      echo
      - http: GET /all
        table: |
          from           httpbin.foo:8000   httpbin.legacy:8000
          sleep.legacy   200                200
`
const STRICT = policy('PeerAuthentication', 'default', 'mtls: { mode: STRICT }')
const DENY = policy('AuthorizationPolicy', 'deny-get', 'action: DENY')

function policy(kind: string, name: string, spec: string, namespace = 'foo'): string {
  return `{ apiVersion: security.istio.io/v1, kind: ${kind}, metadata: { name: ${name}, namespace: ${namespace} }, spec: { ${spec} } }`
}

/** A step of single lines, after what uses all. */
function asking(...lines: string[]): string {
  return `${USES_ALL}  - step: under test\n    expect:\n${lines.map((line) => `      - { ${line} }\n`).join('')}`
}

function applying(objects: readonly string[], ...lines: string[]): string {
  const items = objects.map((object) => `      - ${object}\n`).join('')
  return `${USES_ALL}  - step: under test\n    apply:\n${items}    expect:\n${lines.map((line) => `      - { ${line} }\n`).join('')}`
}

const served = "http: GET /, from: sleep.foo, to: 'httpbin.foo:8000', is: 200"

test('what all parts build on is sound', () => {
  expect(lint({ steps: USES_ALL })).toEqual([])
  expect(lint({ steps: asking(served) })).toEqual([])
  expect(lint({ steps: applying([STRICT, DENY], served) })).toEqual([])
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
    expect(lint({ world, steps: applying([object], served) })).toEqual([])
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
    expect(lint({ steps: asking(served).replace('under test\n', 'under test\n    warns: beware\n') })).toMatchInlineSnapshot(`
      [
        "error warns-nothing at «warns»: nothing is applied here that could be warned of",
      ]
    `)
  })

  test('a manifest without its namespace', () => {
    expect(lint({ steps: applying([STRICT.replace(', namespace: foo', '')], served) })).toMatchInlineSnapshot(`
      [
        "error missing-key at «metadata»: the key \`namespace\` is missing",
      ]
    `)
  })

  test('a manifest for a namespace that is not in the world', () => {
    expect(lint({ steps: applying([STRICT.replace('namespace: foo', 'namespace: legcay')], served) })).toMatchInlineSnapshot(`
      [
        "error unknown-namespace at «legcay»: \`legcay\` is neither a namespace of this world nor istio-system | did you mean \`legacy\`?",
      ]
    `)
    expect(lint({ steps: applying([STRICT.replace('namespace: foo', 'namespace: istio-system')], served) })).toEqual([])
  })

  test('an object that is applied twice in one step', () => {
    expect(lint({ steps: applying([STRICT, DENY, STRICT], served) })).toMatchInlineSnapshot(`
      [
        "error changed-twice at «{ apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: { name: default, namespace: foo }, spec: { mtls: { mode: STRICT } } }»: PeerAuthentication/default.foo is applied twice in this step | only the last would count: make two steps of it",
      ]
    `)
  })

  test('an object that is deleted twice in one step', () => {
    const again = asking(served)
      .slice(USES_ALL.length)
      .replace('under test\n', 'again\n    delete: [PeerAuthentication/default.foo, PeerAuthentication/default.foo]\n')
    expect(lint({ steps: applying([STRICT], served) + again })).toMatchInlineSnapshot(`
      [
        "error changed-twice at «PeerAuthentication/default.foo»: PeerAuthentication/default.foo is deleted twice in this step",
      ]
    `)
  })

  test('a deletion of what no step before applies', () => {
    const deleting = (key: string) => asking(served).slice(USES_ALL.length).replace('under test\n', `again\n    delete: [${key}]\n`)
    expect(lint({ steps: applying([STRICT], served) + deleting('PeerAuthentication/defualt.foo') })).toMatchInlineSnapshot(`
      [
        "error not-applied at «PeerAuthentication/defualt.foo»: \`PeerAuthentication/defualt.foo\` is not there to delete: no step before applies it | did you mean \`PeerAuthentication/default.foo\`?",
      ]
    `)
    expect(lint({ steps: applying([STRICT], served) + deleting('PeerAuthentication/default.foo').repeat(2) })).toMatchInlineSnapshot(`
      [
        "error not-applied at «PeerAuthentication/default.foo»: \`PeerAuthentication/default.foo\` is not there to delete: no step before applies it",
      ]
    `)
  })

  test('an object that is to be refused is never there to delete', () => {
    const again = asking(served).slice(USES_ALL.length).replace('under test\n', 'again\n    delete: [PeerAuthentication/default.foo]\n')
    expect(lint({ steps: applying([STRICT.replace('spec:', 'refused: no such mode, spec:')], served) + again })).toMatchInlineSnapshot(`
      [
        "error not-applied at «PeerAuthentication/default.foo»: \`PeerAuthentication/default.foo\` is not there to delete: no step before applies it",
      ]
    `)
  })

  test('a kind of two groups needs its group', () => {
    const gateways = ['networking.istio.io/v1', 'gateway.networking.k8s.io/v1'].map(
      (version) => `{ apiVersion: ${version}, kind: Gateway, metadata: { name: web, namespace: foo }, spec: {} }`,
    )
    const deleting = (key: string) => asking(served).slice(USES_ALL.length).replace('under test\n', `again\n    delete: [${key}]\n`)
    expect(lint({ steps: applying(gateways, served) + deleting('Gateway/web.foo') })).toMatchInlineSnapshot(`
      [
        "error bad-object-key at «Gateway/web.foo»: \`Gateway/web.foo\` names objects of several groups | write \`Kind.group/name.namespace\`",
      ]
    `)
    expect(lint({ steps: applying(gateways, served) + deleting('Gateway.networking.istio.io/web.foo') })).toEqual([])
  })
})

describe('cells', () => {
  test('a namespace or an app that the world lacks, at either end', () => {
    const lines = [
      "http: GET /1, from: sleep.fooo, to: 'httpbin.foo:8000', is: 200",
      "http: GET /2, from: slep.foo, to: 'httpbin.foo:8000', is: 200",
      "http: GET /3, from: sleep.foo, to: 'httpbin.legcy:8000', is: 200",
      "tcp: port, from: sleep.foo, to: 'pod/tcp-echo.legacy:9002', is: echo",
      "http: GET /5, host: a.example, behind: 'httpbin.foo:8000', from: sleep.foo, to: 'gateway/web.istio-sytem:80', is: 200",
    ]
    expect(lint({ steps: asking(...lines) })).toMatchInlineSnapshot(`
      [
        "error unknown-namespace at «sleep.fooo»: the world has no namespace \`fooo\` | did you mean \`foo\`?",
        "error missing-app at «slep.foo»: \`foo\` has no app \`slep\` | did you mean \`sleep\`?",
        "error unknown-namespace at «httpbin.legcy»: the world has no namespace \`legcy\` | did you mean \`legacy\`?",
        "error missing-app at «tcp-echo.legacy»: \`legacy\` has no app \`tcp-echo\` | add it: \`legacy: { …, apps: [sleep, httpbin, tcp-echo] }\`",
        "error unknown-namespace at «gateway/web.istio-sytem:80»: there is no namespace \`istio-sytem\` for a gateway in this world | did you mean \`istio-system\`?",
      ]
    `)
  })

  test('a workload that the scenario brings itself is there once it is applied', () => {
    const own = '{ apiVersion: apps/v1, kind: Deployment, metadata: { name: nginx, namespace: foo }, spec: {} }'
    const line = "http: GET /, from: sleep.foo, to: 'nginx.foo:80', is: 200"
    expect(lint({ steps: applying([own], line) })).toEqual([])
    expect(lint({ steps: asking(line) })).toMatchInlineSnapshot(`
      [
        "error missing-app at «nginx.foo»: \`foo\` has no app \`nginx\` | add it: \`foo: { …, apps: [sleep, httpbin, tcp-echo, nginx] }\`",
      ]
    `)
  })

  test('a container that is not the proxy, or a proxy where there is none', () => {
    const lines = [
      "http: GET /1, from: sleep.foo/istio-proxy, to: 'httpbin.foo:8000', is: 200",
      "http: GET /2, from: sleep.foo/sleep, to: 'httpbin.foo:8000', is: 200",
      "http: GET /3, from: sleep.legacy/istio-proxy, to: 'httpbin.foo:8000', is: 200",
    ]
    expect(lint({ steps: asking(...lines) })).toMatchInlineSnapshot(`
      [
        "error bad-container at «/sleep»: only the container \`istio-proxy\` can be asked from by name | leave it out to ask from sleep's own",
        "error bad-container at «/istio-proxy»: the namespace \`legacy\` is not in the mesh: its pods have no other container | write \`sleep.legacy\`",
      ]
    `)
  })

  test('a wire where nothing can capture', () => {
    const lines = [
      "http: GET /1, from: sleep.foo, to: 'https://kubernetes.default', is: 401 plain",
      "http: GET /2, host: a.example, behind: 'httpbin.foo:8000', from: sleep.foo, to: 'gateway/web.foo:80', is: 200 mtls",
      "http: GET /3, host: a.example, behind: 'httpbin.foo:8000', from: sleep.foo, to: 'gateway/istio-ingressgateway.istio-system:80', is: 200 mtls",
      "http: GET /4, from: sleep.foo, to: 'httpbin.legacy:8000', is: 200 plain",
    ]
    expect(lint({ steps: asking(...lines) })).toMatchInlineSnapshot(`
      [
        "error no-capture at «plain»: nothing captures at a URL, so \`plain\` cannot be seen | declare no wire here",
      ]
    `)
  })

  test('a host, or somebody behind, for what is no gateway', () => {
    expect(lint({ steps: asking(`host: a.example, behind: 'httpbin.foo:8000', ${served}`) })).toMatchInlineSnapshot(`
      [
        "error misplaced-host at «host»: only a gateway is asked for another host | leave out \`host\`",
        "error misplaced-behind at «behind»: only behind a gateway somebody else answers | leave out \`behind\`",
      ]
    `)
  })

  test('a gateway whose backend the world lacks', () => {
    const to = "to: 'gateway/istio-ingressgateway.istio-system:80', is: 200"
    const behind = (text: string) => `http: GET /${text}, host: a.example, behind: '${text}', from: sleep.foo, ${to}`
    expect(lint({ steps: asking(behind('httpbn.foo:8000'), behind('httpbin:8000'), behind('httpbin.foo:8000')) })).toMatchInlineSnapshot(`
      [
        "error missing-app at «gateway/istio-ingressgateway.istio-system:80»: \`foo\` has no app \`httpbn\` | did you mean \`httpbin\`?",
        "error bad-destination at «gateway/istio-ingressgateway.istio-system:80»: \`httpbin:8000\` is not a destination | write \`app.namespace:port\`, \`pod/app.namespace:port\`, \`gateway/name.namespace:port\` or a URL",
      ]
    `)
  })

  test('an app of the world is not asked by a URL, which would leave out its proxy', () => {
    const lines = ['httpbin.foo:8000', 'httpbin.legacy.svc.cluster.local:8000'].map(
      (host) => `http: GET /, from: sleep.foo, to: 'http://${host}', is: 200`,
    )
    expect(lint({ steps: asking(...lines) })).toMatchInlineSnapshot(`
      [
        "error url-to-app at «http://httpbin.foo:8000»: \`httpbin.foo\` is an app of this world, whose proxy would not be asked about this | write \`httpbin.foo:port\`",
        "error url-to-app at «http://httpbin.legacy.svc.cluster.local:8000»: \`httpbin.legacy\` is an app of this world, whose proxy would not be asked about this | write \`httpbin.legacy:port\`",
      ]
    `)
  })

  test('a service that several workloads share is asked by its own name', () => {
    const world = `${WORLD}  books: { mesh: true, apps: [reviews-v1, reviews-v2] }\n`
    const surroundings = {
      apps: ['sleep', 'httpbin', 'tcp-echo', 'reviews-v1', 'reviews-v2'],
      services: { 'reviews-v1': ['reviews'], 'reviews-v2': ['reviews'] },
    }
    const of = (...lines: string[]) => lint({ world, steps: asking(...lines), surroundings })
    expect(of("http: GET /, from: sleep.foo, to: 'reviews.books:9080', is: 200")).toEqual([])
    expect(of("http: GET /, from: reviews-v2.books, to: 'reviews.books:9080', is: 200")).toEqual([])
    expect(of("http: GET /, from: reviews.books, to: 'revews.books:9080', is: 200")).toMatchInlineSnapshot(`
      [
        "error missing-app at «reviews.books»: \`books\` has no app \`reviews\` | add it: \`books: { …, apps: [reviews-v1, reviews-v2, reviews] }\`",
        "error missing-app at «revews.books»: \`books\` has no app \`revews\` | did you mean \`reviews\`?",
      ]
    `)
  })

  test('what a server asks in turn is a service of the world', () => {
    const through = (text: string) => lint({ steps: asking(`${served}, through: ${text}`) })
    expect(through("['httpbin.foo:8000']")).toEqual([])
    expect(through("['htpbin.foo:8000', 'pod/httpbin.foo:8000', 'httpbin.foo']")).toMatchInlineSnapshot(`
      [
        "error missing-app at «htpbin.foo»: \`foo\` has no app \`htpbin\` | did you mean \`httpbin\`?",
        "error bad-destination at «pod/httpbin.foo:8000»: \`pod/httpbin.foo:8000\` is not a service | write \`app.namespace:port\`",
        "error bad-destination at «httpbin.foo»: \`httpbin.foo\` is not a destination | write \`app.namespace:port\`, \`pod/app.namespace:port\`, \`gateway/name.namespace:port\` or a URL",
      ]
    `)
  })

  test('a question that is asked twice in one step', () => {
    expect(lint({ steps: asking(served, served.replace('200', '404'), served.replace('GET /', 'GET /other')) })).toMatchInlineSnapshot(`
      [
        "error duplicate-cell at «404»: this step asks sleep.foo → httpbin.foo:8000 the same at 19:69 | leave one of them out",
      ]
    `)
  })

  test('`enforced within` is only for what changes', () => {
    const timed = (is: string) =>
      asking(`http: GET /, from: sleep.foo, to: 'httpbin.foo:8000', is: ${is}, enforced within: 2s`).slice(USES_ALL.length)
    const first = (is: string) => applying([DENY], `http: GET /, from: sleep.foo, to: 'httpbin.foo:8000', is: ${is}`)
    expect(lint({ steps: first('200 mtls') + timed('403 by deny-get') })).toEqual([])
    expect(lint({ steps: first('200 plain') + timed('200 mtls') })).toEqual([])
    expect(lint({ steps: first('200') + timed('200 mtls') })).toMatchInlineSnapshot(`
      [
        "error nothing-to-time at «2s»: the step before declares \`200\` too: there is no change to be timed | leave out \`enforced within\`",
      ]
    `)
    expect(lint({ steps: USES_ALL + timed('200') })).toMatchInlineSnapshot(`
      [
        "error nothing-to-time at «2s»: the step before does not ask this: there is no change to be timed | leave out \`enforced within\`",
      ]
    `)
  })
})

describe('who decided', () => {
  test('must be said of a refusal by a server with a proxy', () => {
    const lines = [
      "http: GET /1, from: sleep.foo, to: 'httpbin.foo:8000', is: 401",
      "http: GET /2, from: sleep.foo, to: 'httpbin.foo:8000', is: 403 mtls",
      "http: GET /3, from: sleep.legacy, to: 'httpbin.foo:8000', is: reset plain",
      "tcp: port, from: sleep.foo, to: 'pod/tcp-echo.foo:9002', is: closed",
      "http: GET /5, host: a.example, behind: 'httpbin.foo:8000', from: sleep.foo, to: 'gateway/web.foo:80', is: 403",
      "http: GET /6, from: sleep.foo, to: 'httpbin.foo:8000', is: 503",
      "http: GET /7, from: sleep.foo, to: 'httpbin.legacy:8000', is: 403",
      "http: GET /8, from: sleep.foo, to: 'https://kubernetes.default', is: 401",
    ]
    expect(lint({ steps: asking(...lines) })).toMatchInlineSnapshot(`
      [
        "error missing-decider at «401»: \`401\` from a server with a proxy does not say who decided | add \`by jwt(…)\`",
        "error missing-decider at «403 mtls»: \`403\` from a server with a proxy does not say who decided | add \`by\` and the name of a DENY policy, or \`by no-allow\`",
        "error missing-decider at «reset plain»: \`reset\` from a server with a proxy does not say who decided | add \`by strict\`",
        "error missing-decider at «closed»: \`closed\` from a server with a proxy does not say who decided | add \`by\` and the name of a DENY policy, \`by no-allow\` or \`by strict\`",
        "error missing-decider at «403»: \`403\` from a server with a proxy does not say who decided | add \`by\` and the name of a DENY policy, or \`by no-allow\`",
      ]
    `)
  })

  test('is no reader of tokens where nothing reads them', () => {
    const line = "http: GET /1, token: expired, from: sleep.foo, to: 'httpbin.foo:8000', is: 401 by jwt(expired)"
    expect(lint({ steps: asking(line) })).toMatchInlineSnapshot(`
      [
        "error not-in-force at «by jwt(expired)»: no RequestAuthentication is in force in this step: nobody looks at a token",
      ]
    `)
    expect(lint({ steps: applying([policy('RequestAuthentication', 'jwt', 'jwtRules: []')], line) })).toEqual([])
  })

  test('cannot be said of what passed', () => {
    const lines = [
      "http: GET /1, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 mtls by app",
      "tcp: port, from: sleep.foo, to: 'tcp-echo.foo:9001', is: echo by no-allow",
      "http: GET /3, from: sleep.foo, to: 'httpbin.foo:8000', is: 404 by app",
    ]
    expect(lint({ steps: asking(...lines) })).toMatchInlineSnapshot(`
      [
        "error unobservable-decider at «by app»: who let a request pass cannot be observed: \`200\` takes no \`by\` | write \`200 mtls\`",
        "error unobservable-decider at «by no-allow»: who let a request pass cannot be observed: \`echo\` takes no \`by\` | write \`echo\`",
      ]
    `)
  })

  test('must be somebody who answers like that', () => {
    const lines = [
      "http: GET /1, from: sleep.foo, to: 'httpbin.foo:8000', is: 401 by no-allow",
      "http: GET /2, from: sleep.foo, to: 'httpbin.foo:8000', is: 403 by strict",
      "http: GET /3, from: sleep.foo, to: 'httpbin.foo:8000', is: reset by jwt(expired)",
      "http: GET /4, from: sleep.foo, to: 'httpbin.foo:8000', is: 503 by deny-get",
    ]
    expect(lint({ steps: applying([DENY], ...lines) })).toMatchInlineSnapshot(`
      [
        "error decider-misfit at «by no-allow»: \`no-allow\` never ends in \`401\` | it ends in \`403\`, \`closed\`",
        "error decider-misfit at «by strict»: \`strict\` never ends in \`403\` | it ends in \`503\`, \`reset\`, \`closed\`, \`tls-failed\`",
        "error decider-misfit at «by jwt(expired)»: \`jwt(expired)\` never ends in \`reset\` | it ends in \`401\`, \`403\`",
        "error decider-misfit at «by deny-get»: a policy never ends in \`503\` | it ends in \`403\`, \`closed\`",
      ]
    `)
  })

  test('must be a policy that some step applies', () => {
    const line = "http: GET /, from: sleep.foo, to: 'httpbin.foo:8000', is: 403 by"
    expect(lint({ steps: applying([DENY], `${line} deny-gte`) })).toMatchInlineSnapshot(`
      [
        "error unknown-decider at «deny-gte»: no step applies an AuthorizationPolicy \`deny-gte\` | did you mean \`deny-get\`?",
      ]
    `)
    expect(lint({ steps: applying([DENY, STRICT], `${line} default`) })).toMatchInlineSnapshot(`
      [
        "error unknown-decider at «default»: no step applies an AuthorizationPolicy \`default\`",
      ]
    `)
  })

  test('must be a policy that is in force by then', () => {
    const line = "http: GET /, from: sleep.foo, to: 'httpbin.foo:8000', is: 403 by deny-get"
    expect(lint({ steps: asking(line) + applying([DENY], line).slice(USES_ALL.length) })).toMatchInlineSnapshot(`
      [
        "error not-in-force at «by deny-get»: \`deny-get.foo\` is not in force in this step",
      ]
    `)
  })

  test('must be a policy that refuses', () => {
    const objects = [
      policy('AuthorizationPolicy', 'open', ''),
      policy('AuthorizationPolicy', 'watch', 'action: AUDIT'),
      policy('AuthorizationPolicy', 'ask', 'action: CUSTOM, provider: { name: sample }'),
    ]
    const lines = ['open', 'watch', 'ask', 'ext-authz(smaple)', 'ext-authz(sample)'].map(
      (by, index) => `http: GET /${index}, from: sleep.foo, to: 'httpbin.foo:8000', is: 403 by ${by}`,
    )
    expect(lint({ steps: applying(objects, ...lines) })).toMatchInlineSnapshot(`
      [
        "error decider-misfit at «by open»: \`open.foo\` is a policy that says ALLOW, which refuses nothing by itself | write \`by no-allow\`",
        "error decider-misfit at «by watch»: \`watch.foo\` is a policy that says AUDIT, which refuses nothing",
        "error decider-misfit at «by ask»: \`ask.foo\` is a policy that says CUSTOM: its provider decides | write \`by ext-authz(sample)\`",
        "error unknown-decider at «by ext-authz(smaple)»: no CUSTOM policy in force asks the provider \`smaple\` | did you mean \`sample\`?",
      ]
    `)
  })

  test('a name that policies of two namespaces have needs one of them', () => {
    const line = "http: GET /, from: sleep.foo, to: 'httpbin.foo:8000', is: 403 by"
    const twin = policy('AuthorizationPolicy', 'deny-get', 'action: DENY', 'legacy')
    expect(lint({ steps: applying([DENY, twin], `${line} deny-get`) })).toMatchInlineSnapshot(`
      [
        "error unknown-decider at «deny-get»: \`deny-get\` is the name of 2 policies | write \`deny-get.foo\` or \`deny-get.legacy\`",
      ]
    `)
    expect(lint({ steps: applying([DENY, twin], `${line} deny-get.foo`) })).toEqual([])
  })
})
