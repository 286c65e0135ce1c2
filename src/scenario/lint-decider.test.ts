import { describe, expect, test } from 'vitest'
import { applying, asking, DENY, lint, policy, STRICT, USES_ALL } from './lint-part.ts'

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
