import { z } from 'zod'
import { TOKEN_KINDS } from './token.ts'
import { isVersionRange } from './version-range.ts'

/** `2s`, `500ms`, `1.5s`; milliseconds after parsing. */
const duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s)$/, 'not a duration: write seconds or milliseconds, `2s` or `500ms`')
  .transform((text) => Number.parseFloat(text) * (text.endsWith('ms') ? 1 : 1_000))
  .describe('A duration: 2s, 500ms')

const boundsSchema = z
  .strictObject({
    answers: z.int().min(1).optional().describe('Equal counted answers that decide a cell; 3'),
    probe: duration.optional().describe('One probe, from the question to its answer; 5s'),
    settle: duration.optional().describe('A change, until every proxy runs it; 10s'),
    decision: duration.optional().describe("A step's cells, from the first question to the last decision; 15s"),
  })
  .describe('Limits; the nearest of expect item, step, scenario and defaults counts')

const range = z
  .string()
  .refine(isVersionRange, { error: 'not a range of versions: write `>=1.31`, `<1.31` or `>=1.30 <1.32`' })
  .describe('>=1.31, <1.31, >=1.30 <1.32')

const gates = z
  .strictObject({
    istio: range.optional().describe("The server's proxy"),
    'control-plane': range.optional().describe('istiod'),
    client: range.optional().describe("The client's proxy"),
  })
  .describe('Only for these versions; elsewhere it is left out, and the report says so')

const oneOrMore = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)])

const http = z
  .string()
  .regex(/^[A-Z]+ \/\S*$/, 'not a request: write a method and a path, `GET /ip`')
  .describe('Method and path: GET /ip')

const tcp = z
  .string()
  .regex(/^[^\r\n]+$/, 'not one line of text')
  .describe('The line that is sent; echo means that it came back')

/** The claims that have keys of their own. */
const OWN_CLAIMS = ['iss', 'aud', 'exp', 'nbf', 'iat']

/** A token written out. */
export const tokenSchema = z.strictObject({
  kind: z.literal(TOKEN_KINDS).optional().describe('valid unless said'),
  issuer: z.string().min(1).optional().describe("The run's own issuer unless said"),
  audiences: oneOrMore.optional(),
  lives: duration.optional().describe('From when it is minted; an hour unless said'),
  claims: z
    .record(z.string(), z.unknown())
    .refine((claims) => !OWN_CLAIMS.some((name) => name in claims), {
      error: '`iss`, `aud`, `exp`, `nbf` and `iat` are not written as claims: use `issuer`, `audiences`, `lives` and `kind`',
    })
    .optional()
    .describe('Other claims; sub is the issuer unless it is here'),
})

const token = z
  .union([z.literal(TOKEN_KINDS), z.string().min(1), tokenSchema])
  .describe('The bearer token that goes along: a kind, the name of one under tokens, or one written out')

const request = {
  http,
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
  token: token.optional(),
  sees: oneOrMore.optional().describe('Texts that the answer must contain; a header that httpbin echoes counts'),
  lacks: oneOrMore.optional().describe('Texts that the answer must not contain, headers included'),
  host: z.string().min(1).optional().describe('The Host header, for gateway destinations'),
  behind: z.string().min(1).optional().describe('app.namespace:port that answers behind a gateway'),
  through: oneOrMore.optional().describe('app.namespace:port of all that the server asks in turn to make its answer'),
}

const table = z
  .string()
  .describe(
    'A block (|): the header starts with `from`, two or more spaces part the columns, a cell is `outcome [wire] [by decider]` or `-`',
  )

const line = {
  from: z.string().describe('app.namespace or app.namespace/istio-proxy'),
  to: z.string().describe('app.namespace:port, pod/app.namespace:port, gateway/name.namespace:port or https://name'),
  is: z.union([z.string(), z.number()]).transform(String).describe('outcome [wire] [by decider]: 403 by deny-get'),
  'enforced within': duration.optional().describe('Only where the declaration differs from the step before'),
  over: duration.optional().describe('Asked over and over for so long: 80s'),
  every: duration.optional().describe('With `over`: from one question to the next; 2s'),
  turns: z
    .strictObject({
      to: z.union([z.string(), z.number()]).transform(String).describe('outcome [wire] [by decider]: 401 by jwt(expired)'),
      between: z.tuple([duration, duration]).describe('The earliest and the latest moment, from the first question on: [60s, 70s]'),
    })
    .optional()
    .describe('With `over`: what the answers turn to, once'),
}

/** The four forms of an expect item; which one is meant shows in its keys. */
export const expectSchemas = {
  httpTable: z.strictObject({ ...request, table, when: gates.optional(), bounds: boundsSchema.optional() }),
  tcpTable: z.strictObject({ tcp, table, when: gates.optional(), bounds: boundsSchema.optional() }),
  httpLine: z.strictObject({ ...request, ...line, when: gates.optional(), bounds: boundsSchema.optional() }),
  tcpLine: z.strictObject({ tcp, ...line, when: gates.optional(), bounds: boundsSchema.optional() }),
}

/** A manifest is the API server's to check; only what names it is ours. */
export const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  redundant: z.string().min(1).optional().describe('Why leaving this object out changes nothing today'),
  refused: z.string().min(1).optional().describe('The admission webhook must reject the object with this text'),
})

/** A step, with its items still unread: each is read alone, so that one mistake does not hide the others. */
export const stepSchema = z.strictObject({
  step: z.string().min(1).describe('What is so from here on, as a sentence'),
  mesh: z
    .union([z.literal('original'), z.record(z.string(), z.unknown())])
    .optional()
    .describe("What changes in Istio's MeshConfig: merged into what it is, lists of named things by name; or `original`"),
  delete: z.array(z.string()).optional().describe('Kind/name.namespace of what an earlier step applied'),
  apply: z.array(z.unknown()).optional().describe('Manifests, with their namespaces'),
  warns: oneOrMore.optional().describe('Texts that the API server must warn with'),
  expect: z.array(z.unknown()).optional().describe('Who must reach whom, and how'),
  scale: z.array(z.unknown()).optional().describe('Workloads that get another number of pods'),
  waits: z.array(z.string()).optional().describe('Kind/name.namespace of workloads that must be ready before anything is asked'),
  logs: z.array(z.unknown()).optional().describe('What containers must write to their logs from the beginning of the step on'),
  when: gates.optional(),
  bounds: boundsSchema.optional(),
})

/** An item of a step's `scale`. */
export const scaleSchema = z.strictObject({
  workload: z.string().describe('Kind/name.namespace: Deployment/ext-authz.foo'),
  replicas: z.int().min(0).max(10).describe('How many pods; 0 takes the workload away'),
})

/** An item of a step's `logs`. */
export const logSchema = z.strictObject({
  from: z.string().describe('app.namespace or app.namespace/container'),
  contains: oneOrMore.describe('Texts that one line must contain, all of them'),
  times: z.int().min(1).optional().describe('At least so many lines; 1'),
})

export const worldEntrySchema = z.strictObject({
  mesh: z.boolean().describe('Whether its pods get a sidecar'),
  apps: z.array(z.string()).describe('Names of manifests in kind/apps: sleep, httpbin, tcp-echo'),
})

/** A scenario file, with its namespaces and steps still unread. */
export const scenarioSchema = z.strictObject({
  scenario: z.string().min(1).describe('The title'),
  story: z.string().min(1).describe('What is proven, for people'),
  reference: z.url().optional(),
  tags: z.array(z.string()).optional(),
  world: z.record(z.string(), z.unknown()).describe('The namespaces, and what runs in them'),
  tokens: z.record(z.string(), z.unknown()).optional().describe('Tokens by name; each is minted once, when a question first needs it'),
  when: gates.optional(),
  bounds: boundsSchema.optional(),
  steps: z.array(z.unknown()).describe('State adds up from step to step'),
})

/** The whole of a scenario file, for editors. */
export const scenarioFileSchema = scenarioSchema.extend({
  world: z.record(z.string(), worldEntrySchema),
  tokens: z.record(z.string(), tokenSchema).optional().describe('Tokens by name; each is minted once, when a question first needs it'),
  steps: z
    .array(
      stepSchema.extend({
        apply: z.array(manifestSchema).optional(),
        scale: z.array(scaleSchema).optional(),
        logs: z.array(logSchema).optional(),
        expect: z.array(z.union([expectSchemas.httpTable, expectSchemas.tcpTable, expectSchemas.httpLine, expectSchemas.tcpLine])).min(1),
      }),
    )
    .min(1),
})

export type RawGates = z.output<typeof gates>
export type RawBounds = z.output<typeof boundsSchema>
export type RawToken = Partial<z.output<typeof tokenSchema>>
