import { describe, expect, test } from 'vitest'
import { applying, asking, DENY, lint, SERVED, USES_ALL, WORLD } from './lint-part.ts'

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
    expect(lint({ steps: asking(`host: a.example, behind: 'httpbin.foo:8000', ${SERVED}`) })).toMatchInlineSnapshot(`
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
    const through = (text: string) => lint({ steps: asking(`${SERVED}, through: ${text}`) })
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
    expect(lint({ steps: asking(SERVED, SERVED.replace('200', '404'), SERVED.replace('GET /', 'GET /other')) })).toMatchInlineSnapshot(`
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
