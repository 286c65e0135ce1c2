import { expect, test } from 'vitest'
import { parseScenario } from './parse.ts'
import { formatProblem } from './problem.ts'

function scenario({
  tokens = '',
  headers = '',
  token,
  spec = 'mtls: { mode: STRICT }',
}: {
  tokens?: string
  headers?: string
  token: string
  spec?: string
}) {
  return parseScenario(
    'jwt.yaml',
    `scenario: Tokens
story: Somebody sends one.
world: { foo: { mesh: true, apps: [sleep, httpbin] } }
${tokens}steps:
  - step: it is sent
    apply:
      - apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata: { name: default, namespace: foo }
        spec: { ${spec} }
    expect:
      - { http: GET /, ${headers}token: ${token}, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 }
`,
  )
}

function tokenOf(parts: Parameters<typeof scenario>[0]) {
  const { scenario: read, problems } = scenario(parts)
  expect(problems).toEqual([])
  const question = read?.steps[0]?.cells[0]?.question
  return question?.kind === 'http' ? question.token : undefined
}

const complaints = (parts: Parameters<typeof scenario>[0]) => scenario(parts).problems.map(formatProblem).join('\n')

test('a token is a kind, or is written out', () => {
  expect(tokenOf({ token: 'expired' })).toEqual({ kind: 'expired' })
  expect(tokenOf({ token: '{ audiences: a, lives: 5s, claims: { sub: me } }' })).toEqual({
    kind: 'valid',
    audiences: ['a'],
    livesMs: 5_000,
    claims: { sub: 'me' },
  })
  expect(tokenOf({ token: '{ kind: wrong-key, issuer: me@here, audiences: [a, b] }' })).toEqual({
    kind: 'wrong-key',
    issuer: 'me@here',
    audiences: ['a', 'b'],
  })
})

test("or is one of the scenario's own, by name", () => {
  expect(tokenOf({ tokens: 'tokens: { short: { lives: 5s } }\n', token: 'short' })).toEqual({
    ...{ kind: 'valid', livesMs: 5_000, name: 'short', unique: 'jwt/short' },
  })
})

test('a token that nobody knows, and one that nobody sends', () => {
  expect(complaints({ tokens: 'tokens: { short: { lives: 5s }, expired: {} }\n', token: 'shrt' })).toMatchInlineSnapshot(`
    "jwt.yaml:4:33 error: \`expired\` is a kind of token [token-name]
      4 | tokens: { short: { lives: 5s }, expired: {} }
        |                                 ^^^^^^^
        = give this token another name
    jwt.yaml:13:31 error: there is no token \`shrt\` [unknown-token]
      13 |       - { http: GET /, token: shrt, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 }
         |                               ^^^^
         = did you mean \`short\`?"
  `)
  expect(complaints({ tokens: 'tokens: { short: { lives: 5s } }\n', token: 'valid' })).toMatchInlineSnapshot(`
    "jwt.yaml:4:11 warning: no cell sends the token \`short\` [unused]
      4 | tokens: { short: { lives: 5s } }
        |           ^^^^^
        = leave it out"
  `)
})

test('what a token cannot be', () => {
  expect(complaints({ token: '{ kind: expird, lives: soon, claims: { iss: me, sub: me }, life: 5s }' })).toMatchInlineSnapshot(`
    "jwt.yaml:12:39 error: \`expird\` is not known here [wrong-value]
      12 |       - { http: GET /, token: { kind: expird, lives: soon, claims: { iss: me, sub: me }, life: 5s }, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 }
         |                                       ^^^^^^
         = did you mean \`expired\`?
    jwt.yaml:12:54 error: not a duration: write seconds or milliseconds, \`2s\` or \`500ms\` [wrong-value]
      12 |       - { http: GET /, token: { kind: expird, lives: soon, claims: { iss: me, sub: me }, life: 5s }, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 }
         |                                                      ^^^^
    jwt.yaml:12:68 error: \`iss\`, \`aud\`, \`exp\`, \`nbf\` and \`iat\` are not written as claims: use \`issuer\`, \`audiences\`, \`lives\` and \`kind\` [wrong-value]
      12 |       - { http: GET /, token: { kind: expird, lives: soon, claims: { iss: me, sub: me }, life: 5s }, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 }
         |                                                                    ^^^^^^^^^^^^^^^^^^^^
    jwt.yaml:12:90 error: unknown key \`life\` [unknown-key]
      12 |       - { http: GET /, token: { kind: expird, lives: soon, claims: { iss: me, sub: me }, life: 5s }, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 }
         |                                                                                          ^^^^
         = known here: \`kind\`, \`issuer\`, \`audiences\`, \`lives\`, \`claims\`"
  `)
  expect(complaints({ token: '{ kind: service-account, lives: 5s, claims: { a: b } }' })).toMatchInlineSnapshot(`
    "jwt.yaml:12:56 error: a service account's token is the API server's to make: \`lives\` means nothing [token-misfit]
      12 |       - { http: GET /, token: { kind: service-account, lives: 5s, claims: { a: b } }, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 }
         |                                                        ^^^^^
         = leave out \`lives\`
    jwt.yaml:12:67 error: a service account's token is the API server's to make: \`claims\` means nothing [token-misfit]
      12 |       - { http: GET /, token: { kind: service-account, lives: 5s, claims: { a: b } }, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 }
         |                                                                   ^^^^^^
         = leave out \`claims\`"
  `)
  expect(complaints({ tokens: 'tokens: { broken: { kind: malformed, issuer: me } }\n', token: 'broken' })).toMatchInlineSnapshot(`
    "jwt.yaml:4:38 error: a malformed token is no JWT: \`issuer\` means nothing [token-misfit]
      4 | tokens: { broken: { kind: malformed, issuer: me } }
        |                                      ^^^^^^
        = leave out \`issuer\`"
  `)
})

test('a token beside a header of its own', () => {
  expect(complaints({ headers: "headers: { Authorization: 'Basic x' }, ", token: 'valid' })).toMatchInlineSnapshot(`
    "jwt.yaml:12:35 error: a token goes along as this header, which is written here too [second-token]
      12 |       - { http: GET /, headers: { Authorization: 'Basic x' }, token: valid, from: sleep.foo, to: 'httpbin.foo:8000', is: 200 }
         |                                   ^^^^^^^^^^^^^
         = leave one of them out"
  `)
})

test('a placeholder that no run fills in', () => {
  expect(complaints({ token: 'valid', spec: "a: '{{jwks}} {{isuer}}', b: [{ c: '{{ request.x }}' }, '{{keys}}']" })).toMatchInlineSnapshot(`
    "jwt.yaml:10:30 error: nothing is filled in for \`{{isuer}}\` [unknown-placeholder]
      10 |         spec: { a: '{{jwks}} {{isuer}}', b: [{ c: '{{ request.x }}' }, '{{keys}}'] }
         |                              ^^^^^^^^^
         = did you mean \`issuer\`?
    jwt.yaml:10:73 error: nothing is filled in for \`{{keys}}\` [unknown-placeholder]
      10 |         spec: { a: '{{jwks}} {{isuer}}', b: [{ c: '{{ request.x }}' }, '{{keys}}'] }
         |                                                                         ^^^^^^^^
         = known: {{jwks}}, {{issuer}}, {{run}}"
  `)
})
