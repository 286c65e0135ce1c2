import { z } from 'zod'
import { JWT_FAULTS, TOKEN_KINDS } from '../scenario/token.ts'

const timeToEnforce = z
  .number()
  .describe("From the last change's acceptance by the API server to the first counted answer, in milliseconds.")
const where = z.object({ file: z.string(), line: z.number(), column: z.number() }).describe('Line and column start at 1.')
const verdict = z.enum(['pass', 'fail', 'inconclusive'])
const cause = z.object({ code: z.string(), message: z.string() })
const texts = z.record(z.string(), z.string())
const facts = z.record(z.string(), z.unknown())
const wire = z.enum(['mtls', 'plain', 'tls-failed'])

const decider = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('policy'), name: z.string(), namespace: z.string() }),
  z.object({ kind: z.enum(['no-allow', 'strict', 'tls-mismatch', 'no-route', 'ext-authz-error', 'bad-provider', 'app']) }),
  z.object({ kind: z.literal('jwt'), fault: z.enum(JWT_FAULTS) }),
  z.object({ kind: z.literal('ext-authz'), provider: z.string() }),
])

/** `app` and `namespace` of a port-forward are the destination's. */
const source = z.object({
  kind: z.literal('port-forward').optional(),
  app: z.string(),
  namespace: z.string(),
  container: z.string().optional(),
  text: z.string(),
})

const app = { app: z.string(), namespace: z.string(), port: z.number(), text: z.string() }
const destination = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('service'), ...app }),
  z.object({ kind: z.literal('pod'), ...app }),
  z.object({
    kind: z.literal('gateway'),
    name: z.string(),
    namespace: z.string(),
    port: z.number(),
    host: z.string(),
    behind: z.object(app),
    text: z.string(),
  }),
  z.object({ kind: z.literal('url'), url: z.string(), text: z.string() }),
])

/** What was asked for: the token itself is never recorded. */
const token = z.object({
  kind: z.enum(TOKEN_KINDS),
  issuer: z.string().optional(),
  audiences: z.array(z.string()).readonly().optional(),
  livesMs: z.number().optional(),
  claims: facts.optional(),
  name: z.string().optional(),
  unique: z.string().optional(),
})
const question = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('http'),
    method: z.string(),
    path: z.string(),
    headers: texts,
    body: z.string().optional(),
    token: token.optional(),
  }),
  z.object({ kind: z.literal('tcp'), line: z.string() }),
])

/** `text` is the notation of the tables: `403 mtls by deny-get.foo`. */
const declared = z.object({
  text: z.string(),
  outcome: z.string(),
  wire: z.enum(['mtls', 'plain']).optional(),
  by: decider.optional(),
  sees: z.array(z.string()),
  lacks: z.array(z.string()).optional(),
})
const seen = z.object({
  text: z.string(),
  outcome: z.string(),
  wire: wire.optional(),
  by: decider.optional(),
  missing: z.array(z.string()).optional(),
  unwanted: z.array(z.string()).optional(),
})

const fate = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('counted') }).describe('Only these decide a cell.'),
  z.object({ kind: z.literal('stale'), reason: z.string() }),
  z.object({ kind: z.literal('void'), cause }),
])

const attempt = z.object({
  n: z.number(),
  token: z.string(),
  at: z.string(),
  ms: z.number(),
  command: z.string(),
  exitCode: z.number().optional(),
  seen: seen.optional(),
  fate,
  body: z.string().optional(),
  serverLog: facts.optional(),
  clientLog: facts.optional(),
  wireEvidence: z.string().optional(),
  sinceChangeMs: z.number().describe("Since the step's last change was answered by the API server, in milliseconds."),
})

const cell = z.object({
  id: z.string(),
  from: source,
  to: destination,
  question,
  asks: z.string().describe('The question in words, as the title of its truth table.'),
  declared,
  enforcedWithinMs: z.number().optional(),
  /** How a watched cell was asked over time; milliseconds since its first question. */
  watch: z
    .object({
      overMs: z.number(),
      everyMs: z.number(),
      turn: z.object({ to: z.string(), earliestMs: z.number(), latestMs: z.number() }).optional(),
    })
    .optional(),
  /** From a watched cell's first question to the first answer that was turned. */
  turnedAfterMs: z.number().optional(),
  where,
  verdict,
  observed: seen.optional(),
  cause: cause.optional(),
  account: z.string().describe('One sentence: what was declared, what was seen, how often, for how long, and who decided.'),
  timeToEnforceMs: timeToEnforce.optional(),
  attempts: z.array(attempt),
})

const change = z.object({
  action: z.enum(['apply', 'delete', 'alter', 'restore']),
  object: z.string(),
  yaml: z.string().optional(),
  warnings: z.array(z.string()),
  refused: z.string().optional(),
})

/** What became of one of a step's `logs`; `lines` are the first that came. */
const log = z.object({ from: z.string(), contains: z.array(z.string()), times: z.number(), seen: z.number(), lines: z.array(z.string()) })

const step = z.object({
  index: z.number(),
  title: z.string(),
  where,
  verdict,
  causes: z.array(cause),
  changes: z.array(change),
  settleMs: z.number(),
  altered: z.array(z.string()),
  timeToEnforceMs: timeToEnforce.optional(),
  ms: z.number(),
  logs: z.array(log).optional(),
  cells: z.array(cell),
  leftOut: z
    .array(z.object({ name: z.string(), where, declared: z.string(), reason: z.string() }))
    .describe('Cells that are not for these versions of Istio; absent where there are none.')
    .optional(),
})

const scenario = z.object({
  id: z.string(),
  title: z.string(),
  story: z.string(),
  reference: z.string().optional(),
  tags: z.array(z.string()),
  where,
  sourceSha256: z.string().describe("Of the file's text, which the record leaves out; tells whether two records ran the same scenario."),
  verdict,
  causes: z.array(cause),
  ms: z.number(),
  steps: z.array(step),
})

const counts = z.object({ pass: z.number(), fail: z.number(), inconclusive: z.number() })

/** `test-results/report.json`, version 1. Lengths of time are in milliseconds, times in ISO 8601. */
export const runRecord = z.object({
  version: z.literal(1),
  id: z.string(),
  startedAt: z.string(),
  ms: z.number(),
  verdict,
  interrupted: z.boolean(),
  mesh: z
    .object({
      context: z.string(),
      cluster: z.string(),
      imageSource: z.enum(['registry', 'build', 'foreign']),
      istio: z.string(),
      proxyBuild: z.string(),
      kubernetes: z.string(),
      images: z.array(
        z.object({
          reference: z.string(),
          id: z.string(),
          standIn: z.string().describe('What it really is, where something else goes by the name of a public image.').optional(),
        }),
      ),
    })
    .describe('Absent when no mesh came up. Records of different image sources are not comparable.')
    .optional(),
  harness: z.object({ version: z.string(), node: z.string(), peakRssBytes: z.number() }),
  cells: counts,
  checks: counts.describe('Cells, and what went wrong with steps, scenarios and the run.'),
  causes: z.array(cause),
  scenarios: z.array(scenario),
})

/** One run as it is kept: everything that was seen, without the scenarios' text. */
export type RunRecord = z.infer<typeof runRecord>
export type CellRecord = z.infer<typeof cell>
export type AttemptRecord = z.infer<typeof attempt>
