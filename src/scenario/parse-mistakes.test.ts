import { expect, test } from 'vitest'
import { parseScenario } from './parse.ts'
import { formatProblem } from './problem.ts'

test('every mistake of a file comes in one report', () => {
  expect(reportOf(BROKEN)).toMatchInlineSnapshot(`
    "broken.yaml:2:1 error: unknown key \`storry\` [unknown-key]
      2 | storry: once
        | ^^^^^^
        = did you mean \`story\`?
    broken.yaml:3:12 error: not a URL [wrong-value]
      3 | reference: istio.io
        |            ^^^^^^^^
    broken.yaml:4:7 error: a list is needed, not text [wrong-type]
      4 | tags: mtls
        |       ^^^^
    broken.yaml:6:36 error: there is no app \`htpbin\` in kind/apps [unknown-app]
      6 |   foo: { mesh: true, apps: [sleep, htpbin, tcp-echo] }
        |                                    ^^^^^^
        = did you mean \`httpbin\`?
    broken.yaml:7:3 error: \`foo_bar\` cannot be the name of a namespace [bad-namespace]
      7 |   foo_bar: { mesh: yes, apps: [] }
        |   ^^^^^^^
        = lower-case letters, digits and dashes
    broken.yaml:7:20 error: \`true\` or \`false\` is needed, not text [wrong-type]
      7 |   foo_bar: { mesh: yes, apps: [] }
        |                    ^^^
    broken.yaml:9:3 error: the key \`legacy\` is there twice [duplicate-key]
      9 |   legacy: { mesh: false, apps: [sleep, httpbin] }
        |   ^^^^^^
    broken.yaml:10:18 error: not a duration: write seconds or milliseconds, \`2s\` or \`500ms\` [wrong-value]
      10 | bounds: { probe: 5 minutes, anwers: 3, settle: 0.5s }
         |                  ^^^^^^^^^
    broken.yaml:10:29 error: unknown key \`anwers\` [unknown-key]
      10 | bounds: { probe: 5 minutes, anwers: 3, settle: 0.5s }
         |                             ^^^^^^
         = did you mean \`answers\`?
    broken.yaml:14:15 error: not a request: write a method and a path, \`GET /ip\` [wrong-value]
      14 |       - http: GET ip
         |               ^^^^^^
    broken.yaml:16:17 error: \`foo\` has no app \`httpbin\` [missing-app]
      16 |           from  httpbin.foo:8000
         |                 ^^^^^^^^^^^
         = did you mean \`htpbin\`?
    broken.yaml:20:45 error: the world has no namespace \`fooo\` [unknown-namespace]
      20 |           from           httpbin.foo:8000   tcp-echo.fooo:9000  httpbin.foo
         |                                             ^^^^^^^^^^^^^
         = did you mean \`foo\`?
    broken.yaml:20:65 error: \`httpbin.foo\` is not a destination [bad-destination]
      20 |           from           httpbin.foo:8000   tcp-echo.fooo:9000  httpbin.foo
         |                                                                 ^^^^^^^^^^^
         = write \`app.namespace:port\`, \`pod/app.namespace:port\`, \`gateway/name.namespace:port\` or a URL
    broken.yaml:21:30 error: \`mtsl\` is neither a wire nor \`by\` [bad-cell]
      21 |           sleep.foo      200 mtsl           403                 200
         |                              ^^^^
         = did you mean \`mtls\`?
    broken.yaml:22:11 error: 1 cell for 3 destinations [row-length]
      22 |           sleep.legacy   200 mtls by app
         |           ^^^^^^^^^^^^
         = two or more spaces part the columns; \`-\` leaves a cell out
    broken.yaml:23:11 error: \`sleep.foo:80\` is not a source [bad-source]
      23 |           sleep.foo:80   rset by strict     200 plain           200 plain
         |           ^^^^^^^^^^^^
         = write \`app.namespace\`, \`app.namespace/istio-proxy\` or \`port-forward\`
    broken.yaml:23:26 error: \`rset\` is not an outcome [bad-cell]
      23 |           sleep.foo:80   rset by strict     200 plain           200 plain
         |                          ^^^^
         = did you mean \`reset\`?
    broken.yaml:25:25 error: text is needed, not a number [wrong-type]
      25 |         headers: { x-n: 1 }
         |                         ^
         = put it in quotes
    broken.yaml:26:9 error: a table is a literal block [bad-table]
      26 |         table: nothing
         |         ^^^^^
         = write \`table: |\` and the table below it, indented
    broken.yaml:27:11 error: unknown key \`htpp\` [unknown-key]
      27 |       - { htpp: GET /, from: sleep.foo, to: 'httpbin.legacy:8000', is: 200 }
         |           ^^^^
         = did you mean \`http\`?
    broken.yaml:28:68 error: \`200\` cannot be the outcome of a tcp probe [outcome-misfit]
      28 |       - { tcp: port, from: sleep.foo, to: 'tcp-echo.foo:9000', is: 200 }
         |                                                                    ^^^
         = tcp: \`echo\` or \`closed\`
    broken.yaml:29:79 error: \`expird\` is no fault of a JWT [unknown-decider]
      29 |       - { http: GET /, from: sleep.foo, to: 'httpbin.legacy:8000', is: 401 by jwt(expird) }
         |                                                                               ^^^^^^^^^^^
         = did you mean \`expired\`?
    broken.yaml:30:31 error: there is no token \`vaild\` [unknown-token]
      30 |       - { http: GET /, token: vaild, from: sleep.foo, to: 'httpbin.legacy:8000', is: 200, 'enforced within': 2s }
         |                               ^^^^^
         = did you mean \`valid\`?
    broken.yaml:30:110 error: the step before does not ask this: there is no change to be timed [nothing-to-time]
      30 |       - { http: GET /, token: vaild, from: sleep.foo, to: 'httpbin.legacy:8000', is: 200, 'enforced within': 2s }
         |                                                                                                              ^^
         = leave out \`enforced within\`
    broken.yaml:31:9 error: a map is needed, not text [wrong-type]
      31 |       - nothing
         |         ^^^^^^^
         = write a map with \`http\`, \`table\`
    broken.yaml:32:5 error: text is needed, not nothing [wrong-type]
      32 |   - step:
         |     ^^^^
    broken.yaml:33:5 error: a step without \`expect\` proves nothing [no-expect]
      33 |     expect: []
         |     ^^^^^^
         = say who must reach whom
    broken.yaml:34:5 error: unknown key \`applly\` [unknown-key]
      34 |     applly: []
         |     ^^^^^^
         = did you mean \`apply\`?
    broken.yaml:35:5 error: nothing is applied here that could be warned of [warns-nothing]
      35 |     warns: x
         |     ^^^^^
    broken.yaml:37:14 error: \`PeerAuthentication/default\` does not name an object [bad-object-key]
      37 |     delete: [PeerAuthentication/default]
         |              ^^^^^^^^^^^^^^^^^^^^^^^^^^
         = write \`Kind/name.namespace\` or \`Kind.group/name.namespace\`
    broken.yaml:41:9 error: the key \`namespace\` is missing [missing-key]
      41 |         metadata: { name: default }
         |         ^^^^^^^^
    broken.yaml:42:76 error: \`istio-sytem\` is neither a namespace of this world nor istio-system [unknown-namespace]
      42 |       - { apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: istio-sytem } }
         |                                                                            ^^^^^^^^^^^
         = did you mean \`istio-system\`?
    broken.yaml:48:46 error: unknown key \`clams\` [unknown-key]
      48 |       - { http: GET /, token: { kind: valid, clams: {} }, from: sleep.foo, to: 'httpbin.legacy:8000', is: 200 }
         |                                              ^^^^^
         = did you mean \`claims\`?
    broken.yaml:49:39 error: \`vlid\` is not known here [wrong-value]
      49 |       - { http: GET /, token: { kind: vlid }, from: sleep.foo, to: 'httpbin.legacy:8000', is: 200, bounds: {answers: 0} }
         |                                       ^^^^
         = did you mean \`valid\`?
    broken.yaml:49:118 error: at least 1 is needed [wrong-value]
      49 |       - { http: GET /, token: { kind: vlid }, from: sleep.foo, to: 'httpbin.legacy:8000', is: 200, bounds: {answers: 0} }
         |                                                                                                                      ^
    broken.yaml:50:31 error: \`4\` is not known here [wrong-value]
      50 |       - { http: GET /, token: 4, sees: [1], from: sleep.foo, to: 'httpbin.legacy:8000' , is: 200 }
         |                               ^
         = write one of \`valid\`, \`expired\`, \`not-yet-valid\`, \`wrong-issuer\`, \`wrong-key\`, \`unknown-key\`, \`unsigned\`, \`malformed\`, \`service-account\`
    broken.yaml:50:41 error: text is needed, not a number [wrong-type]
      50 |       - { http: GET /, token: 4, sees: [1], from: sleep.foo, to: 'httpbin.legacy:8000' , is: 200 }
         |                                         ^
         = put it in quotes"
  `)
})

function reportOf(text: string): string {
  return parseScenario('broken.yaml', text).problems.map(formatProblem).join('\n')
}

const BROKEN = `scenario: Everything that can be wrong
storry: once
reference: istio.io
tags: mtls
world:
  foo: { mesh: true, apps: [sleep, htpbin, tcp-echo] }
  foo_bar: { mesh: yes, apps: [] }
  legacy: { mesh: false, apps: [sleep, httpbin] }
  legacy: { mesh: false, apps: [sleep, httpbin] }
bounds: { probe: 5 minutes, anwers: 3, settle: 0.5s }
steps:
  - step: a table
    expect:
      - http: GET ip
        table: |
          from  httpbin.foo:8000
          sleep.foo  200
      - http: GET /ip
        table: |
          from           httpbin.foo:8000   tcp-echo.fooo:9000  httpbin.foo
          sleep.foo      200 mtsl           403                 200
          sleep.legacy   200 mtls by app
          sleep.foo:80   rset by strict     200 plain           200 plain
      - http: GET /ip
        headers: { x-n: 1 }
        table: nothing
      - { htpp: GET /, from: sleep.foo, to: 'httpbin.legacy:8000', is: 200 }
      - { tcp: port, from: sleep.foo, to: 'tcp-echo.foo:9000', is: 200 }
      - { http: GET /, from: sleep.foo, to: 'httpbin.legacy:8000', is: 401 by jwt(expird) }
      - { http: GET /, token: vaild, from: sleep.foo, to: 'httpbin.legacy:8000', is: 200, 'enforced within': 2s }
      - nothing
  - step:
    expect: []
    applly: []
    warns: x
  - step: z
    delete: [PeerAuthentication/default]
    apply:
      - kind: PeerAuthentication
        apiVersion: v1
        metadata: { name: default }
      - { apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: istio-sytem } }
    expect:
      - tcp: port
        table: |
          from  tcp-echo.foo:9000
          sleep.legacy/istio-proxy  -
      - { http: GET /, token: { kind: valid, clams: {} }, from: sleep.foo, to: 'httpbin.legacy:8000', is: 200 }
      - { http: GET /, token: { kind: vlid }, from: sleep.foo, to: 'httpbin.legacy:8000', is: 200, bounds: {answers: 0} }
      - { http: GET /, token: 4, sees: [1], from: sleep.foo, to: 'httpbin.legacy:8000' , is: 200 }
`
